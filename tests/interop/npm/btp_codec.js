// Messages of btp2 by btp-packet and ilp-packet, for btp_codec_test.py. Each line is a message in hexadecimal and what it
// says; `generate SEED COUNT` makes them up, `copy` reads such lines, decodes the messages and encodes them again.
'use strict';

const btp = require('btp-packet');
const ilp = require('ilp-packet');

const { TYPE_RESPONSE, TYPE_ERROR, TYPE_MESSAGE, TYPE_TRANSFER } = btp;

// --- what a message says, as btp_codec.cpp writes it -------------------------------------------------

const hex = bytes => Buffer.from(bytes, 'latin1').toString('hex') || '-';
// What the packages keep as a string.
const text = string => '~' + Buffer.from(string, 'utf8').toString('hex');

function describePacket({ type, data }) {
  switch (type) {
    case ilp.Type.TYPE_ILP_PREPARE:
      return ['prepare', data.amount, data.expiresAt.getTime(), hex(data.executionCondition), data.destination,
        hex(data.data)];
    case ilp.Type.TYPE_ILP_FULFILL:
      return ['fulfill', hex(data.fulfillment), hex(data.data)];
    default:
      return ['reject', hex(data.code), data.triggeredBy || '-', text(data.message), hex(data.data)];
  }
}

function describe({ type, requestId, data }, packet) {
  const words = [type, requestId];
  if (type === TYPE_TRANSFER) words.push(data.amount);
  if (type === TYPE_ERROR) {
    words.push(hex(data.code), hex(data.name), new Date(data.triggeredAt).getTime(), text(data.data));
  }
  for (const entry of data.protocolData) {
    words.push([hex(entry.protocolName), entry.contentType, hex(entry.data)].join('/'));
  }
  return words.concat(packet ? describePacket(packet) : ['none']).join(' ');
}

// --- copying -----------------------------------------------------------------------------------------

function copy(line) {
  const message = btp.deserialize(Buffer.from(line.split(' ', 1)[0], 'hex'));
  const entry = message.data.protocolData.find(one => one.protocolName === 'ilp');
  const packet = entry && ilp.deserializeIlpPacket(entry.data);
  if (packet) entry.data = ilp.serializeIlpPacket(packet);
  return btp.serialize(message).toString('hex') + ' ' + describe(message, packet);
}

// --- making messages up ------------------------------------------------------------------------------

// mulberry32
function random(seed) {
  return () => {
    seed = (seed + 0x6D2B79F5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class Maker {
  constructor(seed) { this.random = random(seed); }

  between(low, high) { return low + Math.floor(this.random() * (high - low + 1)); }
  pick(list) { return list[this.between(0, list.length - 1)]; }
  // The bounds of the length determinant's forms among them.
  size() {
    const kind = this.between(0, 999);
    if (kind === 0) return this.pick([65535, 65536]);
    if (kind < 800) return this.between(0, 40);
    return kind < 900 ? this.pick([127, 128, 255, 256]) : this.between(0, 600);
  }
  bytes(size) { return Buffer.from(Array.from({ length: size }, () => this.between(0, 255))); }
  // Names and codes are ASCII: btp-packet writes eight bits of each character and reads seven.
  ascii(size) { return String.fromCharCode(...Array.from({ length: size }, () => this.between(0, 127))); }
  // The data of an ERROR and the message of a REJECT are UTF-8: the packages keep them as strings.
  utf8() { return Array.from({ length: this.between(0, 80) }, () => this.pick(['a', '\0', '"', 'é', '€', '😀'])).join(''); }
  uint64() {
    if (this.between(0, 19) === 0) return this.pick(['0', '18446744073709551615']);
    return (BigInt.asUintN(64, this.bytes(8).readBigUInt64BE()) >> BigInt(this.between(0, 63))).toString();
  }
  // From 1970 to 9999, but for the first millisecond of 1970, which ilp-packet takes for an invalid date.
  time() { return new Date(this.between(1, this.pick([2 ** 41, 253402300799999]))); }

  address() {
    const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_~-';
    let address = this.pick(['g', 'private', 'example', 'peer', 'self', 'test', 'test1', 'test2', 'test3', 'local']);
    const size = this.between(0, 99) === 0 ? 1023 : this.between(address.length + 2, 60);
    for (let segment = 0; address.length < size;) {
      segment = Math.min(this.between(1, 20), size - address.length - 1);
      address += '.' + Array.from({ length: Math.max(segment, 1) }, () => this.pick(alphabet)).join('');
    }
    return address.length > 1023 ? address.slice(0, 1021) + 'zz' : address;
  }

  packet() {
    switch (this.between(0, 2)) {
      case 0:
        return { type: ilp.Type.TYPE_ILP_PREPARE, data: { amount: this.uint64(), expiresAt: this.time(),
          executionCondition: this.bytes(32), destination: this.address(), data: this.bytes(this.size()) } };
      case 1:
        return { type: ilp.Type.TYPE_ILP_FULFILL, data: { fulfillment: this.bytes(32), data: this.bytes(this.size()) } };
      default: {
        const code = this.pick(['F', 'T', 'R', '!', '~']) + this.between(10, 99);
        return { type: ilp.Type.TYPE_ILP_REJECT, data: { code, triggeredBy: this.pick(['', this.address()]),
          message: this.utf8(), data: this.bytes(this.size()) } };
      }
    }
  }

  // Never the name of a property that every object has, such as `constructor`: btp-packet looks names up in an object,
  // and would find a function. None this long comes out of random characters.
  entry() {
    const protocolName = this.ascii(this.pick([0, 1, 5, 20, 127, 128, 300]));
    return { protocolName, contentType: this.between(0, 255), data: this.bytes(this.size()) };
  }

  entries() {
    if (this.between(0, 49) === 0) {  // an authentication
      return [{ protocolName: 'auth', contentType: 0, data: Buffer.alloc(0) },
        { protocolName: 'auth_username', contentType: 1, data: Buffer.from(this.utf8()) },
        { protocolName: 'auth_token', contentType: 1, data: Buffer.from(this.utf8()) }];
    }
    const none = { protocolName: '', contentType: 0, data: Buffer.alloc(0) };
    if (this.between(0, 99) === 0) return Array(this.pick([255, 256])).fill(none);
    return Array.from({ length: this.pick([0, 0, 0, 1, 2, 3]) }, () => this.entry());
  }

  message() {
    const type = this.pick([TYPE_MESSAGE, TYPE_MESSAGE, TYPE_RESPONSE, TYPE_RESPONSE, TYPE_TRANSFER, TYPE_ERROR]);
    const data = { protocolData: this.entries() };
    if (type === TYPE_TRANSFER) data.amount = this.uint64();
    if (type === TYPE_ERROR) {
      Object.assign(data, { code: this.ascii(3), name: this.ascii(this.pick([0, 8, 127, 128])), triggeredAt: this.time(),
        data: this.utf8() });
    }
    const packet = this.between(0, 9) < 7 ? this.packet() : undefined;
    if (packet) {
      const at = this.between(0, data.protocolData.length);
      data.protocolData.splice(at, 0, { protocolName: 'ilp', contentType: 0, data: ilp.serializeIlpPacket(packet) });
    }
    const message = { type, requestId: this.between(0, 0xffffffff), data };
    return btp.serialize(message).toString('hex') + ' ' + describe(message, packet);
  }
}

// --- the program -------------------------------------------------------------------------------------

const [mode, seed, count] = process.argv.slice(2);
const lines = [];
if (mode === 'generate') {
  const maker = new Maker(Number(seed));
  for (let i = 0; i < Number(count); ++i) lines.push(maker.message());
} else {
  for (const line of require('fs').readFileSync(0, 'latin1').split('\n').slice(0, -1)) {
    try {
      lines.push(copy(line));
    } catch (error) {
      lines.push('refused: ' + error.message.replace(/\n/g, ' '));
    }
  }
}
process.stdout.write(lines.join('\n') + '\n');
