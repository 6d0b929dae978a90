// ilp-plugin-btp as listener on loopback, for btp_plugin_test.py: `ilp_plugin.js [PORT]`; the secret is in BTP_SECRET.
//
// The first part of a destination behind "test." says what becomes of a packet: fulfil (the fulfillment is the data's
// hash), reject, throw, invalid (an InvalidFieldsError is thrown), repeat (an error that holds the secret is thrown), empty
// (no packet in the answer), hold (fulfilled at the order "release", the last first). Orders on standard input, one a
// line: release, ask (a PREPARE of its own). Events are JSON lines; the end of standard input is the end of it all.
'use strict';

const crypto = require('crypto');
const ilp = require('ilp-packet');
const Plugin = require('ilp-plugin-btp');
const WebSocket = require('ws');

const tell = (event, more) => process.stdout.write(JSON.stringify({ event, ...more }) + '\n');

// The plugin does not say when it listens, nor where.
class Server extends WebSocket.Server {
  constructor(options) {
    super(options);
    this.on('listening', () => tell('listening', { port: this.address().port }));
  }
}

const port = Number(process.argv[2] || 0);
const plugin = new Plugin({ listener: { port, secret: process.env.BTP_SECRET, wsOpts: { port, host: '127.0.0.1' } } },
  { WebSocketServer: Server });

const held = [];

function fulfilled(prepare) {
  const fulfillment = crypto.createHash('sha256').update(prepare.data).digest();
  return ilp.serializeIlpFulfill({ fulfillment, data: Buffer.concat([Buffer.from('done: '), prepare.data.subarray(0, 64)]) });
}

const verbs = {
  fulfil: fulfilled,
  reject: () => ilp.serializeIlpReject({ code: 'F02', triggeredBy: 'test.plugin', message: 'no route é',
    data: Buffer.from('why') }),
  throw: () => { throw new Error('the handler is broken'); },
  invalid: () => { throw Object.assign(new Error('no such field'), { name: 'InvalidFieldsError' }); },
  repeat: () => { throw new Error(`who is ${process.env.BTP_SECRET}?`); },
  empty: () => undefined,
  hold: prepare => new Promise(resolve => {
    held.push(() => resolve(fulfilled(prepare)));
    tell('held', { count: held.length });
  }),
};

plugin.registerDataHandler(async packet => {
  const prepare = ilp.deserializeIlpPrepare(packet);
  return verbs[prepare.destination.split('.')[1]](prepare);
});

const orders = {
  release: () => { for (const answer of held.splice(0).reverse()) answer(); },
  ask: async () => {
    const answer = await plugin.sendData(ilp.serializeIlpPrepare({ amount: '1', destination: 'test.agent',
      executionCondition: Buffer.alloc(32), expiresAt: new Date(Date.now() + 30000), data: Buffer.alloc(0) }));
    const { code, message } = ilp.deserializeIlpReject(answer);
    tell('answer', { code, message });
  },
};

plugin.on('connect', () => tell('agent'));
// It fails when the first peer of all does not know the secret; the plugin goes on listening all the same.
plugin.connect().catch(error => tell('refused', { reason: error.message }));

require('readline').createInterface({ input: process.stdin })
  .on('line', order => orders[order]())
  .on('close', () => process.exit());
