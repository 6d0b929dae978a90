// An echo server with npm's ws; see testee.js. usage: echo_server.js PORT
'use strict';

const {WebSocketServer} = require('ws');

const server = new WebSocketServer(
    {host: '127.0.0.1', port: Number(process.argv[2]), maxPayload: 16 << 20, perMessageDeflate: false}, () => {
      console.log(`listening on ws://127.0.0.1:${server.address().port}`);
    });
server.on('connection', (line) => {
  line.on('message', (data, isBinary) => line.send(data, {binary: isBinary}));
  line.on('error', () => {});  // its close code says it
});
process.on('SIGTERM', () => process.exit(0));
