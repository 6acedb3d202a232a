// What DuckDB takes to read candles from a Parquet file and sum their columns, on one thread, warm.
// npm i @duckdb/node-api; node duckdb.mjs [FILE]
import { DuckDBInstance } from '@duckdb/node-api';

const file = process.argv[2] ?? new URL('../../../shared/data/klines/BTCUSDT/BTC_1m.parquet', import.meta.url).pathname;
const quoted = `'${file.replaceAll("'", "''")}'`;
const sums = ['open', 'high', 'low', 'close', 'volume'].map(c => `sum(${c}) AS ${c}`).join(', ');
const select = `SELECT sum(epoch_us(open_time)) AS open_time, ${sums} FROM ${quoted}`;

const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run('SET threads=1');
const times = [];
let row;
for (let i = -3; i < 10; i++) {
    const start = process.hrtime.bigint();
    row = (await connection.runAndReadAll(select)).getRowObjects()[0];
    if (i >= 0) times.push(Number(process.hrtime.bigint() - start) / 1e6);
}
times.sort((a, b) => a - b);
const text = Object.entries(row).map(([name, sum]) => `${name} ${sum}`).join(', ');
console.log(JSON.stringify({ case: 'read and sum', peer: 'DuckDB', file, best_ms: times[0], median_ms: (times[4] + times[5]) / 2, sums: text }));
