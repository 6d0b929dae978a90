// Node's ws. The same job and the same lines as bench.h. usage: node ws.js NAME MODE PORT TLS COUNT
const WebSocket = require('ws');
const fs = require('fs');

const [, , name, mode, port, tls, countText] = process.argv;
const idle = mode === 'idle';
const count = idle ? 1 : Number(countText);
const window_ = { lat: 1, pipe: 64, bulk: 16, idle: 1 }[mode];
const size = mode === 'bulk' ? 16384 : 64;
const warm = idle ? 0 : Math.max(1, Math.min(2000, Math.floor(count / 20)));
setTimeout(() => process.exit(9), 110000).unref();

const bytes = Buffer.alloc(size);
for (let i = 0; i < size; i++) bytes[i] = 97 + (i % 26);
const payload = mode === 'bulk' ? bytes : bytes.toString();

const latencies = mode === 'lat' ? new Float64Array(count) : null;
const now = () => Number(process.hrtime.bigint());
let sent = 0, received = 0, startedAt, cpuAtStart, sentAt;

function printMemory() {
  const status = fs.readFileSync('/proc/self/status', 'latin1');
  const rollup = fs.readFileSync('/proc/self/smaps_rollup', 'latin1');
  const field = (text, key) => (text.match(new RegExp('^' + key + ':\\s+(\\d+)', 'm')) || [])[1];
  console.log(['MEM', name, mode, 'tls=' + tls, 'hwm_kb=' + field(status, 'VmHWM'),
    'rss_kb=' + field(rollup, 'Rss'), 'privdirty_kb=' + field(rollup, 'Private_Dirty'),
    'anon_kb=' + field(rollup, 'Anonymous')].join('\t'));
}

function printResult() {
  const seconds = (now() - startedAt) / 1e9;
  const cpu = process.cpuUsage(cpuAtStart);
  const user = (cpu.user * 1e3) / count, system = (cpu.system * 1e3) / count;
  let p50 = 0, p99 = 0;
  if (latencies) {
    latencies.sort();
    p50 = latencies[count >> 1] / 1e3;
    p99 = latencies[Math.floor(count * 0.99)] / 1e3;
  }
  console.log(['RES', name, mode, tls, count, (count / seconds).toFixed(0),
    ((count * size) / seconds / 1e6).toFixed(1), (user + system).toFixed(1), user.toFixed(1),
    system.toFixed(1), p50.toFixed(2), p99.toFixed(2), '0', '0'].join('\t'));
}

const line = new WebSocket('ws://127.0.0.1:' + port + '/', { perMessageDeflate: false });
line.on('error', (error) => {
  console.error('node-ws', error.message);
  process.exit(4);
});
line.on('open', () => {
  sent = Math.min(window_, count);
  sentAt = now();
  for (let i = 0; i < sent; i++) line.send(payload);
});
line.on('message', (data) => {
  if (data.length !== size) process.exit(3);
  received++;
  if (idle) {
    printMemory();
    process.exit(0);
  }
  if (latencies) {
    const at = now();
    if (received > warm && received <= warm + count) latencies[received - warm - 1] = at - sentAt;
    sentAt = at;
  }
  if (received === warm) {
    cpuAtStart = process.cpuUsage();
    startedAt = now();
  }
  if (received === warm + count) {
    printResult();
    printMemory();
    process.exit(0);
  }
  if (sent < count + warm) {
    sent++;
    line.send(payload);
  }
});
