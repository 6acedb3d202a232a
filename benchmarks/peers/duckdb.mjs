// DuckDB (npm package @duckdb/node-api) reading candles from a Parquet file and summing their columns, warm, on one thread, as
// `benchmarks data` does. The time includes Node's call, well under a millisecond.
// usage: node duckdb.mjs [FILE]       prints a JSON line {case, peer, file, best_ms, median_ms, result}
// PEERS_NODE names the folder whose node_modules holds @duckdb/node-api; without it, this one.
import { createRequire } from 'module';

const require = createRequire(process.env.PEERS_NODE ? process.env.PEERS_NODE + '/' : import.meta.url);
const { DuckDBInstance, version } = require('@duckdb/node-api');
const file = process.argv[2] ?? '../shared/data/klines/BTCUSDT/BTC_1m.parquet', warmUp = 3, runs = 10;
const sums = ['open', 'high', 'low', 'close', 'volume'].map(name => `sum(${name}) AS ${name}`).join(', ');
const select = `SELECT sum(epoch_us(open_time)) AS open_time, ${sums} FROM '${file.replaceAll("'", "''")}'`;

const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run('SET threads=1');
const times = [];
let row;
for (let i = -warmUp; i < runs; i++) {
  const start = performance.now();
  row = (await connection.runAndReadAll(select)).getRowObjects()[0];
  if (i >= 0) times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
const round = ms => +ms.toFixed(2), median = (times[(runs - 1) >> 1] + times[runs >> 1]) / 2;
const result = Object.entries(row).map(([name, sum]) => `${name} ${sum}`).join(', ');
console.log(JSON.stringify({ case: 'read and sum', peer: `DuckDB ${version()}`, file, best_ms: round(times[0]), median_ms: round(median), result }));
