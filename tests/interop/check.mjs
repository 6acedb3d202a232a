// Reads Parquet files with DuckDB and hyparquet and compares every value, the types and the statistics with what a JSON file beside each
// says:  node check.mjs FOLDER
// where X.json is {rows, columns: [{name, kind, scale, zone, optional, values: [text or null]}]}, kind one of Boolean, Integer, Time and
// TimeOfDay (microseconds), Real, Decimal (unscaled), Text, Binary (hexadecimal), or the summary that `inspect --json` gives. Ends with exit
// code 1 and a line for each disagreement.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBConnection } from '@duckdb/node-api'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const duck = await DuckDBConnection.create()
const query = async sql => (await duck.runAndReadAll(sql)).getRowsJS()
const quoted = text => `"${text.replaceAll('"', '""')}"`
const literal = text => `'${text.replaceAll("'", "''").replaceAll('\0', "' || chr(0) || '")}'`
let compared = 0
const problems = []

function same(got, expected, what) {
  compared++
  const equal = typeof got === 'number' && typeof expected === 'number' ? Object.is(got, expected) : got === expected
  if (!equal && problems.length < 50) problems.push(`${what}: expected ${expected}, got ${got}`)
}

// A value as it is compared: text of integers, numbers for reals.
const expectedValue = (column, text) => text === null ? null
  : column.kind === 'Real' ? Number(text.replace('∞', 'Infinity')) : column.kind === 'Boolean' ? text === '1' : text

const duckType = { Boolean: 'BOOLEAN', TimeOfDay: 'TIME', Integer: 'BIGINT', Real: 'DOUBLE', Text: 'VARCHAR', Binary: 'BLOB' }
const typeOf = column => column.kind === 'Decimal' ? `DECIMAL(38,${column.scale})`
  : column.kind === 'Time' ? column.zone ? 'TIMESTAMP WITH TIME ZONE' : 'TIMESTAMP' : duckType[column.kind]

// SQL that gives an expression of a column's type in the form that is compared.
const shown = (column, sql) => ({
  Time: `epoch_us(${sql})::VARCHAR`, TimeOfDay: `epoch_us(${sql})::VARCHAR`, Integer: `(${sql})::VARCHAR`,
  Decimal: `replace((${sql})::VARCHAR, '.', '')`, Binary: `hex(${sql})`,
})[column.kind] ?? sql

const plainDecimal = text => text === null ? null : String(BigInt(text))    // 0.00 and -0.07 without their leading zeros
const fromDuck = (column, value) => column.kind === 'Decimal' ? plainDecimal(value) : value

// Ascending as Parquet orders a kind; NaN is no value.
const key = (column, value) => column.kind === 'Text' ? Buffer.from(value) : column.kind === 'Binary' ? Buffer.from(value, 'hex')
  : column.kind === 'Real' || column.kind === 'Boolean' ? value : BigInt(value)
const less = (a, b) => Buffer.isBuffer(a) ? Buffer.compare(a, b) < 0 : a < b
function bounds(column, values) {
  let min = null, max = null
  for (const value of values) {
    if (value === null || Number.isNaN(value)) continue
    const k = key(column, value)
    if (min === null || less(k, min.k)) min = { k, value }
    if (max === null || less(max.k, k)) max = { k, value }
  }
  const long = b => Buffer.isBuffer(b?.k) && b.k.length > 256    // such bounds are left out
  return long(min) || long(max) ? [null, null] : [min?.value ?? null, max?.value ?? null]
}

async function checkDuck(file, expected) {
  const from = `read_parquet(${literal(file)})`
  const types = await query(`DESCRIBE SELECT * FROM ${from}`)
  same(types.map(t => `${t[0]} ${t[1]}`).join(), expected.columns.map(c => `${c.name} ${typeOf(c)}`).join(), `${file} in DuckDB: types`)
  const rows = await query(`SELECT ${expected.columns.map(c => shown(c, quoted(c.name))).join()} FROM ${from}`)
  same(rows.length, expected.rows, `${file} in DuckDB: rows`)
  expected.columns.forEach((c, i) => rows.forEach((row, r) =>
    same(fromDuck(c, row[i]), c.values[r], `${file} in DuckDB: ${c.name}, row ${r + 1}`)))
  for (const c of expected.columns) await checkAggregates(file, from, c)
  await checkStatistics(file, expected)
}

// Counts and sums by SQL, and filters, which DuckDB answers from the statistics where it can.
async function checkAggregates(file, from, c) {
  const name = quoted(c.name), present = c.values.filter(v => v !== null), what = `${file} in DuckDB: ${c.name}`
  const sum = c.kind === 'Integer' ? `sum(${name})::VARCHAR` : c.kind.startsWith('Time') ? `sum(epoch_us(${name}))::VARCHAR` : 'NULL'
  const [[missing, total]] = await query(`SELECT count(*) - count(${name}), ${sum} FROM ${from}`)
  same(Number(missing), c.values.length - present.length, `${what}: missing`)
  if (sum !== 'NULL' && present.length > 0) same(total, String(present.reduce((s, v) => s + BigInt(v), 0n)), `${what}: sum`)
  if (['Integer', 'Time', 'TimeOfDay', 'Text'].includes(c.kind) && present.length > 0) {
    const [extremes] = await query(`SELECT ${shown(c, `min(${name})`)}, ${shown(c, `max(${name})`)} FROM ${from}`)
    const sorted = present.toSorted((a, b) => less(key(c, a), key(c, b)) ? -1 : less(key(c, b), key(c, a)) ? 1 : 0)
    same(extremes.join(), [sorted[0], sorted.at(-1)].join(), `${what}: min, max`)
  }
  const numbers = c.kind === 'Real' ? present.filter(Number.isFinite) : []
  if (c.kind === 'Real' && numbers.length > 0) {
    const [[got]] = await query(`SELECT fsum(${name} / 1e300) FROM ${from} WHERE isfinite(${name})`)
    const want = numbers.reduce((s, v) => s + v / 1e300, 0)
    if (Math.abs(got - want) > 1e-9 * numbers.reduce((s, v) => s + Math.abs(v / 1e300), 0)) same(got, want, `${what}: sum`)
  }
  for (const value of new Set(present.slice(0, 20))) {
    const [[count]] = await query(`SELECT count(*) FROM ${from} WHERE ${shown(c, name)} = (${literal(String(value))})`)
    const [[pruned]] = await query(`SELECT count(*) FROM ${from} WHERE ${name} = ${constant(c, value)}`)
    const equal = present.filter(v => v === value || Number.isNaN(v) && Number.isNaN(value) || v === 0 && value === 0).length
    if (c.kind !== 'Real' && c.kind !== 'Decimal') same(Number(count), equal, `${what}: rows equal to ${value}`)
    same(Number(pruned), equal, `${what}: rows equal to ${value}, found by statistics`)
  }
}

const constant = (c, value) => c.kind === 'Text' ? `(${literal(value)})` : c.kind === 'Binary' ? `unhex('${value}')`
  : c.kind === 'Time' ? c.zone ? `to_timestamp(0) + to_microseconds(${value})` : `make_timestamp(${value})`
  : c.kind === 'TimeOfDay' ? `TIME '00:00:00' + to_microseconds(${value})`
  : c.kind === 'Decimal' ? `${scaled(value, c.scale)}::DECIMAL(38,${c.scale})`
  : c.kind === 'Real' ? `'${value}'::DOUBLE` : `'${value}'::${duckType[c.kind]}`

function scaled(unscaled, scale) {
  const digits = unscaled.replace('-', '').padStart(scale + 1, '0'), sign = unscaled.startsWith('-') ? '-' : ''
  return `'${sign}${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}'`
}

async function checkStatistics(file, expected) {
  const groups = await query(`SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata(${literal(file)}) ORDER BY 1`)
  for (const c of expected.columns) {
    const stats = await query(`SELECT stats_null_count, stats_min_value, stats_max_value FROM parquet_metadata(${literal(file)})
      WHERE path_in_schema = ${literal(c.name)} ORDER BY row_group_id`)
    let row = 0
    for (let g = 0; g < groups.length; g++) {
      const values = c.values.slice(row, row += Number(groups[g][1])), [min, max] = bounds(c, values), what = `${file}: ${c.name}, row group ${g}`
      same(Number(stats[g][0]), values.filter(v => v === null).length, `${what}: null_count`)
      if (c.kind === 'Binary' || c.kind === 'Decimal') continue    // DuckDB shows these escaped; filters above use them
      for (const [got, want, end] of [[stats[g][1], min, 'min'], [stats[g][2], max, 'max']]) {
        if (got === null && Math.abs(want) === Infinity) continue    // DuckDB takes only finite bounds
        if (got === null || want === null) { same(got, want, `${what}: ${end}`); continue }
        const [[value]] = await query(`SELECT ${shown(c, `(${literal(got)})::${typeOf(c)}`)}`)
        same(c.kind === 'Real' ? value + 0 : value, c.kind === 'Real' ? want + 0 : want, `${what}: ${end}`)
      }
    }
    same(row, expected.rows, `${file}: rows of all row groups`)
  }
}

const hypaValue = (column, value) => value === null || value === undefined ? null
  : column.kind === 'Binary' ? Buffer.from(value).toString('hex').toUpperCase()
  : column.kind === 'Real' || column.kind === 'Boolean' || column.kind === 'Text' ? value : String(value)

async function checkHyparquet(path, expected) {
  const file = await asyncBufferFromFile(path), metadata = await parquetMetadataAsync(file)
  same(Number(metadata.num_rows), expected.rows, `${path} in hyparquet: rows`)
  const repetition = expected.columns.map(c => c.optional ? 'OPTIONAL' : 'REQUIRED')
  same(metadata.schema.slice(1).map(s => s.repetition_type).join(), repetition.join(), `${path}: repetition`)
  const parsers = { timestampFromMicroseconds: v => v, stringFromBytes: v => v && new TextDecoder('utf-8', { ignoreBOM: true }).decode(v) }
  const rows = await parquetReadObjects({ file, metadata, compressors, parsers, utf8: false })
  same(rows.length, expected.rows, `${path} in hyparquet: rows read`)
  for (const c of expected.columns)
    rows.forEach((row, r) => {
      const want = c.values[r], what = `${path} in hyparquet: ${c.name}, row ${r + 1}`
      if (c.kind !== 'Decimal' || want === null) return same(hypaValue(c, row[c.name]), want, what)
      const number = Number(want) * 10 ** -c.scale    // it gives decimals as numbers
      if (!(Math.abs(row[c.name] - number) <= 1e-14 * Math.abs(number))) same(row[c.name], number, what)
    })
}

// Against the summary that `inspect --json` gives: {rows, columns: [{name, type, nulls, min, max, sum}]}.
async function checkSummary(file, { rows, columns }) {
  const hypa = await parquetReadObjects({ file: await asyncBufferFromFile(file), compressors, parsers: { timestampFromMicroseconds: v => v } })
  same(hypa.length, rows, `${file} in hyparquet: rows`)
  for (const { name, type, nulls, min, max, sum } of columns) {
    const time = type.startsWith('timestamp'), value = time ? `epoch_us(${quoted(name)})` : quoted(name)
    const [[count, missing, ...extremes]] = await query(`SELECT count(*)::INT, (count(*) - count(${value}))::INT, min(${value})::VARCHAR,
      max(${value})::VARCHAR, sum(${value})::DOUBLE FROM read_parquet(${literal(file)})`)
    const what = `${file} in DuckDB: ${name}`
    same(`${count} ${missing}`, `${rows} ${nulls}`, `${what}: rows, nulls`)
    same(Number(extremes[0]), Number(min), `${what}: min`)
    same(Number(extremes[1]), Number(max), `${what}: max`)
    const values = hypa.map(row => row[name]).filter(v => v !== null).map(Number)
    same(`${Math.min(...values)} ${Math.max(...values)}`, `${Number(min)} ${Number(max)}`, `${file} in hyparquet: ${name}: min, max`)
    if (sum !== null && !(Math.abs(extremes[2] - sum) <= 1e-9 * Math.abs(sum))) same(extremes[2], Number(sum), `${what}: sum`)
  }
}

const folder = process.argv[2]
const names = readdirSync(folder).filter(name => name.endsWith('.json'))
for (const name of names) {
  const expected = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  const file = join(folder, name.replace('.json', '.parquet')), summary = expected.columns[0].values === undefined
  if (!summary) for (const c of expected.columns) c.values = c.values.map(v => expectedValue(c, v))
  for (const check of summary ? [checkSummary] : [checkDuck, checkHyparquet])
    try {
      await check(file, expected)
    } catch (error) {
      problems.push(`${file}: ${check.name}: ${error.message}`)
    }
}
for (const problem of problems) console.log(problem)
console.log(`${names.length} files, ${compared} comparisons with DuckDB and hyparquet, ${problems.length} disagreements`)
process.exit(problems.length > 0 || names.length === 0 ? 1 : 0)
