// node bare-contacts.mjs HOST PORT DOMAIN CA-FILE USER PASSWORD: logs in and reads the roster without looking at it, as
// little as a program on Node can do to have the server deliver it.
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';

const [host, port, domain, caFile, user, password] = process.argv.slice(2);
const socket = connect({ host, port: Number(port), servername: domain, ca: readFileSync(caFile) });
const header = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}' version='1.0'>`;
const plain = Buffer.from(`\0${user}\0${password}`).toString('base64');
const steps = [
  [header, '</stream:features>'],
  [`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`, '<success'],
  [header, '</stream:features>'],
  ["<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", '</iq>'],
  ["<iq type='get' id='list'><query xmlns='jabber:iq:roster'/></iq>", '</query></iq>'],
];
let end = '';
const next = () => {
  const step = steps.shift();
  if (!step) return socket.destroy();
  end = step[1];
  socket.write(step[0]);
};
let tail = '';
socket.setEncoding('utf8').on('data', (text) => {
  tail = tail.slice(-100) + text;
  if (!tail.includes(end)) return;
  tail = '';
  next();
});
next();
