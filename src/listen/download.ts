/** `listen --download`: fetches what trusted people announce while listening goes on, and tells how each file ended. */
import type { Context } from '../commands/context.ts';
import { asXmppctlError } from '../errors.ts';
import type { Session } from '../session/types.ts';
import { type Downloaded, download } from '../transfer/download.ts';
import { HttpClient } from '../transfer/http-client.ts';
import { acceptOffer, type IncomingOffer, readIncomingOffer } from '../transfer/jingle-acceptance.ts';
import { checkDirectory } from '../transfer/part-file.ts';
import type { AnnouncedFile } from '../xmpp/announced-files.ts';
import { type Jid, readJid } from '../xmpp/jid.ts';
import { refusalOf, serviceUnavailable } from '../xmpp/stanza-error.ts';
import { asksForInfo, discoInfoAnswer, nsDiscoInfo } from '../xmpp/xep0030-disco.ts';
import { capabilitiesNode, nsCaps } from '../xmpp/xep0115-capabilities.ts';
import { nsJingle } from '../xmpp/xep0166-jingle.ts';
import { nsFileTransfer } from '../xmpp/xep0234-file-transfer.ts';
import { nsJingleSocks5 } from '../xmpp/xep0260-jingle-socks5.ts';
import { nsJingleIbb } from '../xmpp/xep0261-jingle-ibb.ts';
import { type Element, xml } from '../xmpp/xml.ts';
import { Queue } from './queue.ts';

/** At once; the others wait. */
const maxAtOnce = 4;
const maxTries = 3;
/** Before the second try; the third waits twice as long. */
const pauseMs = 1000;
const defaultMaxSize = 100 * 1024 ** 2;
/** Offers that were taken and have not ended. */
const maxOffers = 100;
/** What a device that takes files says of itself. */
const features = [nsDiscoInfo, nsCaps, nsJingle, nsFileTransfer, nsJingleSocks5, nsJingleIbb] as const;
const node = capabilitiesNode(features);

export interface DownloadArgs {
  /** Where files go; undefined: nothing is fetched. */
  readonly download: string | undefined;
  readonly downloadFrom: readonly Jid[];
  /** Whose offers of a direct transfer are taken. */
  readonly acceptFrom: readonly Jid[];
  /** In bytes. */
  readonly maxSize: number | undefined;
  readonly allowPrivate: boolean;
}

/** How a file ended (SPEC 10, event file), without the keys that all events have. */
export interface FileOutcome {
  readonly from: string;
  /** Null where it came directly. */
  readonly url: string | null;
  readonly path: string | null;
  readonly size: number | null;
  readonly sha256: string | null;
  readonly state: 'received' | 'failed';
  readonly error: Record<string, unknown> | null;
}

export class Downloads {
  readonly #args: DownloadArgs;
  readonly #ctx: Context;
  readonly #waiting: (() => Promise<FileOutcome>)[] = [];
  #running = 0;
  #closing = false;
  /** The direct transfers that go on or wait, each by peer and session. */
  readonly #offers = new Set<string>();
  /** Files that ended and were not told of yet. */
  readonly ended = new Queue<FileOutcome>();

  private constructor(args: DownloadArgs, ctx: Context) {
    this.#args = args;
    this.#ctx = ctx;
  }

  /** Throws kind cantcreat if nothing can be saved where the user wants it. */
  static async start(args: DownloadArgs, ctx: Context): Promise<Downloads> {
    if (args.download !== undefined) await checkDirectory(args.download);
    return new Downloads(args, ctx);
  }

  /** Fetches the files of a message event if its sender is one of those who may send some. Never waits, never throws. */
  take({ from = null, files }: { readonly from?: string | null; readonly files?: unknown }): void {
    const { download: directory, downloadFrom } = this.#args;
    if (directory === undefined || from === null || !Array.isArray(files)) return;
    if (!downloadFrom.some((trusted) => trusted.bare === from)) return;
    for (const file of files as readonly AnnouncedFile[]) {
      this.#add(() => this.#outcome(from, file.url, this.#fetch(file, directory)));
    }
  }

  /**
   * Answers on this session who may offer files, and takes what they offer; for as long as it lasts. Gives the features to
   * announce: most clients offer files only to devices that they know to take them.
   */
  attend(session: Session): readonly string[] {
    const { download: directory, acceptFrom } = this.#args;
    if (directory === undefined || acceptFrom.length === 0) return [];
    const questions = session.stanzas((iq) => {
      if (!iq.is('iq')) return undefined;
      const from = readJid(iq.attrs.from);
      // The own server wants to know what was announced.
      if (!from || from.full === session.jid.bare || from.full === session.jid.domain)
        return asksForInfo(iq, node) ? iq : undefined;
      if (!acceptFrom.some((trusted) => trusted.bare === from.bare)) return undefined;
      return asksForInfo(iq, node) || offerIn(iq) ? iq : undefined;
    });
    void this.#answer(session, questions, directory).catch(() => {}); // the stream broke: seen by who listens
    return features;
  }

  /** Those that are still under way, as they end; no other is begun. */
  async *rest(): AsyncGenerator<FileOutcome> {
    this.#closing = true;
    for (;;) {
      for (let file = this.ended.shift(); file; file = this.ended.shift()) yield file;
      if (this.#running === 0) return;
      await this.ended.changed();
    }
  }

  #add(start: () => Promise<FileOutcome>): void {
    this.#waiting.push(start);
    this.#next();
  }

  #next(): void {
    while (this.#running < maxAtOnce) {
      const start = this.#waiting.shift();
      if (!start) return;
      this.#running += 1;
      void start().then((outcome) => {
        this.#running -= 1;
        this.#next();
        this.ended.push(outcome);
      });
    }
  }

  async #answer(session: Session, questions: AsyncIterable<Element>, directory: string): Promise<void> {
    for await (const iq of questions) {
      await this.#answerOne(session, iq, directory).catch(() => {}); // what cannot be answered is asked again
    }
  }

  async #answerOne(session: Session, iq: Element, directory: string): Promise<void> {
    const offer = offerIn(iq);
    if (!offer) return await session.send(discoInfoAnswer(iq, features));
    if (this.#closing) return await session.send(serviceUnavailable(iq));
    const name = `${offer.sid} ${offer.peer.full}`;
    if (this.#offers.has(name)) return await session.send(refusalOf(iq, 'conflict'));
    if (this.#offers.size >= maxOffers) return await session.send(refusalOf(iq, 'resource-constraint'));
    this.#offers.add(name);
    await session.send(xml('iq', { type: 'result', id: iq.attrs.id, to: iq.attrs.from }));
    this.#add(async () => {
      const outcome = await this.#outcome(offer.peer.bare, null, this.#accept(offer, session, directory));
      this.#offers.delete(name);
      return outcome;
    });
  }

  async #accept(offer: IncomingOffer, session: Session, directory: string): Promise<Downloaded> {
    const { maxSize = defaultMaxSize, allowPrivate } = this.#args;
    const https = await this.#ctx.https();
    const { randomId } = this.#ctx;
    return await acceptOffer(offer, { session, https, directory, maxSize, allowPrivate, randomId });
  }

  async #outcome(from: string, url: string | null, file: Promise<Downloaded>): Promise<FileOutcome> {
    try {
      const { path, size, sha256 } = await file;
      return { from, url, path, size, sha256, state: 'received', error: null };
    } catch (thrown) {
      const error = asXmppctlError(thrown);
      this.#ctx.warn(`a file of ${from} was not received: ${error.message}`);
      return { from, url, path: null, size: null, sha256: null, state: 'failed', error: error.toJSON() };
    }
  }

  async #fetch(file: AnnouncedFile, directory: string): Promise<Downloaded> {
    const { maxSize = defaultMaxSize, allowPrivate } = this.#args;
    const https = await this.#ctx.https();
    using client = new HttpClient(https, { stranger: !allowPrivate });
    for (let tries = 1; ; tries += 1) {
      try {
        const keepPart = tries < maxTries ? 'to go on' : 'never';
        return await download({ ...file, directory, maxSize, keepPart }, client, () => {});
      } catch (error) {
        if (!asXmppctlError(error).retryable || tries === maxTries || https.signal.aborted) throw error;
        await this.#ctx.clock.after(pauseMs * tries, https.signal);
      }
    }
  }
}

/** What makes no sense is not ours, and answered like everything that nobody serves. */
function offerIn(iq: Element): IncomingOffer | undefined {
  try {
    return readIncomingOffer(iq);
  } catch {
    return undefined;
  }
}
