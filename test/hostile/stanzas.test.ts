/** CASES C, 28, 29 and 31: stanzas too large, in disguise, from nobody; and X2, X21: stanzas and counts out of turn. */
import { describe, expect, test } from 'vitest';
import { buildMessage } from '../../src/xmpp/message.ts';
import { failure, hear, open, password, run, says } from '../support/attempt.ts';
import { type Script, type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';

const listen = ['listen', '--json', '--no-reconnect'];
const complaints = (server: ScriptedServer): (string | undefined)[] =>
  server.peers.map(({ received }) => received.find(({ name }) => name === 'error')?.elements[0]?.name);
const many = (count: number, text: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => text(n)).join('');

describe('a stanza', () => {
  const from = "from='bob@localhost/x'";
  const megabytes = 'x'.repeat(5_000_000);

  test.each([
    ['nested 200,000 deep', '<a>'.repeat(200_000)],
    ['nested one too deep', `<message ${from}>${'<a>'.repeat(63)}${'</a>'.repeat(63)}</message>`],
    ['with a million attributes', `<message ${many(1_000_000, (n) => `a${n}='' `)}/>`],
    ['with one attribute too many', `<message ${many(257, (n) => `a${n}='' `)}/>`],
    ['with 5 MB in an attribute', `<message from='${megabytes}'/>`],
    ['with 5 MB of text', `<message ${from}><body>${megabytes}</body></message>`],
    ['with a name of 5 MB', `<${megabytes}/>`],
    ['with 5 MB of elements', `<message ${from}>${'<a/>'.repeat(1_250_000)}</message>`],
    ['with 5 MB of references', `<message ${from}><body>${'&lt;'.repeat(1_250_000)}</body></message>`],
  ])('%s ends the stream at little cost', async (_what, xml) => {
    await using server = await scriptedServer({ tls: 'direct' }, says(xml));
    const [rss, started] = [process.memoryUsage().rss, process.cpuUsage()];
    const { heard, error } = await hear(server);
    expect([heard, error?.kind, error?.condition]).toEqual([[], 'protocol', 'policy-violation']);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000).toBeLessThan(3000);
    expect(process.memoryUsage().rss - rss).toBeLessThan(200e6);
  });

  test('of such kinds ends listen with 76', async () => {
    for (const xml of ['<a>'.repeat(200_000), `<message from='${megabytes}'/>`]) {
      await using server = await scriptedServer({ tls: 'direct' }, says(xml));
      const result = await run(listen, server);
      expect([result.exitCode, result.stdout]).toEqual([76, '']);
    }
  });

  test('just below the limits is taken', async () => {
    const children = `<message ${from}>${'<a/>'.repeat(250_000)}</message>`;
    const deep = `<message ${from}>${'<a>'.repeat(62)}${'</a>'.repeat(62)}</message>`;
    const long = `<message ${from}><body>${'é'.repeat(500_000)}</body></message>`;
    await using server = await scriptedServer({ tls: 'direct' }, says([children, deep, long]));
    const { heard, error } = await hear(server, 3);
    expect([error, heard.map(({ children }) => children.length)]).toEqual([undefined, [250_000, 1, 1]]);
    const result = await run([...listen, '--count', '1'], server);
    expect(result.json<{ body: string }>().body).toBe('é'.repeat(500_000));
  });

  test('may come byte by byte, and between many white spaces', async () => {
    const slow: Script = async (peer) => {
      await peer.login({ password });
      peer.acks();
      await peer.session(async ({ name }) => {
        if (name !== 'presence') return undefined;
        await peer.sendSlowly(`\n \n<message ${from}><body>å€😀&#128512;</body></message>`);
        await peer.send(' '.repeat(3_000_000));
        return `<message ${from}><body>end</body></message>`;
      });
    };
    await using server = await scriptedServer({ tls: 'direct' }, slow);
    const result = await run([...listen, '--count', '2'], server);
    expect(result.lines().map((line) => JSON.parse(line).body)).toEqual(['å€😀😀', 'end']);
  });
});

/** What listen prints of these: `[from, type, id, body]` of each message. */
async function printed(...xml: readonly string[]): Promise<unknown[][]> {
  const end = "<message from='bob@localhost/x' id='end'><body>end</body></message>";
  await using server = await scriptedServer({ tls: 'direct' }, says([...xml, end]));
  const result = await run([...listen, '--once'], server);
  expect(result.exitCode, result.stderr).toBe(0);
  const events = result.lines().map((line) => JSON.parse(line));
  expect(events.at(-1)?.id).toBe('end');
  return events.slice(0, -1).map((event) => [event.from, event.type, event.id, event.body]);
}

describe('a message in disguise', () => {
  test('is what its namespaces say that it is', async () => {
    const from = "from='bob@localhost/x'";
    const bodies = await printed(
      `<message xmlns='evil' ${from}><body>evil</body></message>`,
      `<message xmlns='' ${from}><body>evil</body></message>`,
      `<e:message xmlns:e='evil' ${from}><body>evil</body></e:message>`,
      `<stream:message ${from}><body>evil</body></stream:message>`,
      `<c:message xmlns:c='jabber:client' ${from}><c:body>prefixed</c:body></c:message>`,
      `<c:message xmlns:c='jabber:client' xmlns='evil' ${from}><body>evil</body></c:message>`,
      `<message ${from}><body xmlns='evil'>evil</body><body>second</body></message>`,
      `<message ${from}><e:body xmlns:e='evil'>evil</e:body></message>`,
      `<message ${from}><x xmlns='evil'><body xmlns='jabber:client'>evil</body></x></message>`,
      `<message ${from}><body xml:lang='de'>deutsch</body><body>plain</body></message>`,
      `<message ${from}><body xml:lang='de'>erster</body><body xml:lang='fr'>evil</body></message>`,
      `<message ${from}><body>out<b xmlns='evil'>evil</b>side</body></message>`,
      `<message ${from}><body><![CDATA[<raw>]]> &lt;&#x41;&amp;&#65;&gt;</body></message>`,
      `<message e:from='boss@localhost' xmlns:e='evil' ${from} __proto__='evil' constructor='evil'><body>mine</body></message>`,
    );
    const texts = ['prefixed', 'second', 'plain', 'erster', 'outside', '<raw> <A&A>', 'mine'];
    expect(bodies).toEqual(texts.map((text) => ['bob@localhost', 'normal', null, text]));
  });

  test('from nobody is nobody’s, and one from no address is the own server’s', async () => {
    const body = '<body>x</body>';
    const long = 'a'.repeat(4096);
    const events = await printed(
      ...['@', '', '/', 'a@', '@b', 'a@b@c', 'a b@c', 'bob@local host', '&lt;@c', `${long}@c`, `c/${long}`, long].map(
        (from) => `<message from='${from}'><body>evil</body></message>`,
      ),
      `<message>${body}</message>`,
      `<message from='bob@localhost'>${body}</message>`,
      `<message from='bob@localhost/x' type='???' id=''>${body}</message>`,
      `<message from='BOB@LOCALHOST/x' type='chat' id='&#9;a b' to='@'>${body}</message>`,
      `<message from='localhost' type='headline'>${body}</message>`,
      `<message from='bob@localhost/x' type='error'>${body}</message>`,
      "<presence from='@'/><presence/><presence type='???' from='bob@localhost/x'/>",
    );
    expect(events).toEqual([
      ['alice@localhost', 'normal', null, 'x'],
      ['bob@localhost', 'normal', null, 'x'],
      ['bob@localhost', 'normal', '', 'x'],
      ['bob@localhost', 'chat', '\ta b', 'x'],
      ['localhost', 'headline', null, 'x'],
    ]);
  });
});

describe('out of turn', () => {
  test('what comes before the session is none of it', async () => {
    const evil = "<message from='boss@localhost'><body>evil</body></message>";
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      const { send } = peer;
      peer.send = (data) =>
        send.call(peer, `${data}`.includes('<jid>') || `${data}`.includes('<enabled') ? `${evil}${data}` : data);
      await peer.login({ password });
      peer.send = send;
      await peer.session(({ name }) => (name === 'presence' ? evil.replaceAll('evil', 'good') : undefined));
    });
    const result = await run([...listen, '--count', '1'], server);
    expect([result.exitCode, result.json()]).toEqual([0, expect.objectContaining({ body: 'good' })]);
  });

  test('a stanza instead of the features is a broken protocol', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.header();
      await peer.send("<message from='boss@localhost'><body>evil</body></message>");
      await peer.gone();
    });
    expect((await failure(open(server))).kind).toBe('protocol');
    expect((await run(listen, server)).exitCode).toBe(76);
  });

  test.each(['7', '-1', '4294967296', '1e0', 'abc', ''])(
    'an acknowledgement of %j stanzas where one was sent is refused, and the fate of it unknown',
    async (h) => {
      await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
        // A command that asks later what became of its message finds nobody.
        if (number > 0) return peer.destroy();
        await peer.login({ password });
        await peer.next('message');
        await peer.send(`<a xmlns='urn:xmpp:sm:3' h='${h}'/>`);
        await peer.gone();
      });
      if (h === '7') {
        const result = await run(['send', 'bob@localhost', 'hello', '--json'], server);
        expect([result.exitCode, result.json()]).toEqual([79, expect.objectContaining({ status: 'unknown' })]);
      } else {
        const session = await open(server);
        await session.send(buildMessage({ to: 'bob@localhost', id: 'i', type: 'chat', body: 'hello' }));
        expect((await failure(session.settle())).kind).toBe('unconfirmed');
        await session.close();
      }
      await server.done;
      expect(complaints(server)[0]).toBe('undefined-condition');
    },
  );

  test('questions are counted and answered, or refused, or left where nobody asked them', async () => {
    const ask = (from: string, query: string, id = 'q'): string =>
      `<iq type='get' id='${id}' from='${from}'>${query}</iq>`;
    const parts = [
      ask('bob@localhost/x', "<ping xmlns='urn:xmpp:ping'/>", 'ping'),
      ask('bob@localhost/x', "<query xmlns='jabber:iq:version'/>", 'version'),
      ask('@', "<ping xmlns='urn:xmpp:ping'/>", 'nobody'),
      "<iq type='result' id='unasked' from='bob@localhost/x'/><iq type='???' id='odd'/>",
      "<message xmlns='evil'/><foo/><presence from='bob@localhost/x'/>",
      "<r xmlns='urn:xmpp:sm:3'/>",
    ];
    let asked = 0;
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      await peer.session(({ name }) => {
        if (name === 'presence') return parts.join('');
        // What is taken is counted a moment after it came.
        return name === 'a' && asked++ < 20 ? "<r xmlns='urn:xmpp:sm:3'/>" : undefined;
      });
    });
    await run([...listen, '--for', '3s'], server);
    const [peer] = server.peers;
    const answers = (peer?.received ?? []).filter(({ attrs }) => ['result', 'error'].includes(attrs.type ?? ''));
    expect(answers.map(({ attrs }) => [attrs.id, attrs.type, attrs.to])).toEqual([
      ['ping', 'result', 'bob@localhost/x'],
      ['version', 'error', 'bob@localhost/x'],
    ]);
    // The answers to what listen asks count as well: carbons, the roster, a ping, the archive.
    expect(peer?.acked).toBe(6 + 4);
  });
});
