// Runs ONNX files with ONNX Runtime and compares every output with ours:  node check.mjs FOLDER [FILE]
// where beside each NAME.onnx stands NAME.json, [{absolute, relative, inputs: {name: {type, dims, data}}, outputs: {...}}], data in base 64.
// A value may differ by absolute + relative · the largest value of its output. Ends with exit code 1 and a line for each disagreement.
// With FILE, what ONNX Runtime gives in the first run of each op-NAME.onnx is written there, {NAME: {output: {type, dims, data}}}, sorted by name:
// tests/Onnx.Tests/operators.json, with which OperatorTests compare where there is no ONNX Runtime.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'

const arrays = { float32: Float32Array, float64: Float64Array, int64: BigInt64Array, int32: Int32Array, uint8: Uint8Array, int8: Int8Array, bool: Uint8Array }
const values = ({ type, data }) => {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'))
  return new arrays[type](bytes.buffer)
}
const folder = process.argv[2], problems = []
const recorded = {}
let models = 0, runs = 0, compared = 0, largest = 0, where = ''

for (const file of readdirSync(folder).filter(name => name.endsWith('.onnx')).sort()) {
  const name = file.slice(0, -5)
  try {
    const session = await InferenceSession.create(join(folder, file), { logSeverityLevel: 3 })
    models++
    for (const [number, run] of JSON.parse(readFileSync(join(folder, name + '.json'))).entries()) {
      const inputs = Object.fromEntries(Object.entries(run.inputs).map(([key, x]) => [key, new Tensor(x.type, values(x), x.dims)]))
      const got = await session.run(inputs)
      runs++
      if (number === 0 && name.startsWith('op-')) recorded[name.slice(3)] = Object.fromEntries(Object.entries(got).map(([key, y]) => [key, record(y)]))
      for (const [key, expected] of Object.entries(run.outputs)) compare(`${name} run ${number} ${key}`, expected, got[key], run)
    }
  } catch (error) {
    problems.push(`${name}: ${error.message}`)
  }
}

function record({ type, dims, data }) {
  return { type, dims, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64') }
}

function compare(what, expected, got, { absolute, relative }) {
  if (got.dims.join() !== expected.dims.join()) return problems.push(`${what}: expected (${expected.dims}), got (${got.dims})`)
  const want = values(expected), have = got.data
  let most = 0
  for (const v of want) if (Number.isFinite(Number(v))) most = Math.max(most, Math.abs(Number(v)))
  const allowed = absolute + relative * most
  let worst = 0, at = -1
  for (let i = 0; i < want.length; i++) {
    compared++
    const [a, b] = [Number(want[i]), Number(have[i])]
    const difference = Object.is(a, b) || a === b ? 0 : Number.isNaN(a - b) ? Infinity : Math.abs(a - b)
    if (difference > worst) [worst, at] = [difference, i]
  }
  if (allowed > 0 && worst / allowed > largest) [largest, where] = [worst / allowed, what]
  if (worst > allowed) problems.push(`${what}[${at}]: expected ${want[at]} ± ${allowed.toExponential(1)}, got ${have[at]}`)
}

if (process.argv[3]) writeFileSync(process.argv[3], `{\n${Object.keys(recorded).map(key => `"${key}": ${JSON.stringify(recorded[key])}`).join(',\n')}\n}\n`)
for (const problem of problems) console.log(problem)
console.log(`${models} models, ${runs} runs, ${compared} values compared; the largest difference is ${largest.toFixed(3)} of what is allowed (${where})`)
process.exit(problems.length > 0 || models === 0 ? 1 : 0)
