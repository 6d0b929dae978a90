// The testee's loop with npm's ws: proves that the tables ask what RFC 6455 asks, and nothing of kedge's own.
// usage: testee.js --largest BYTES URL
'use strict';

const WebSocket = require('ws');

const [, , , largest, url] = process.argv;

/** One connection until its end; echoes, or resolves with the last message. */
function visit(path, echo) {
  return new Promise((resolve, reject) => {
    let last = '';
    let opened = false;
    const line = new WebSocket(url + path, {maxPayload: Number(largest), perMessageDeflate: false});
    line.on('open', () => { opened = true; });
    line.on('message', (data, isBinary) => {
      if (echo) line.send(data, {binary: isBinary});
      last = data.toString('latin1', 0, 20);
    });
    line.on('error', (error) => { if (!opened) reject(error); });
    line.on('close', () => resolve(last));
  });
}

(async () => {
  const cases = Number(await visit('/getCaseCount', false));
  for (let i = 1; i <= cases; ++i) await visit(`/runCase?case=${i}&agent=kedge`, true);
  await visit('/updateReports?agent=kedge', false);
})().catch((error) => {
  console.error(`testee.js: ${error.message}`);
  process.exitCode = 1;
});
