// ONNX Runtime (npm package onnxruntime-node) on the files of export_onnx.py, with one thread. The time includes Node's call, about 6 µs.
// usage: node ort_shapes.mjs FOLDER       prints JSON lines {peer, model, op, batch, us}
//        node ort_shapes.mjs --versions   what would be measured
// PEERS_NODE names the folder whose node_modules holds onnxruntime-node; without it, this one.
import fs from 'fs';
import { createRequire } from 'module';

const require = createRequire(process.env.PEERS_NODE ? process.env.PEERS_NODE + '/' : import.meta.url);
const ort = require('onnxruntime-node');
const [folder] = process.argv.slice(2), budget = 1000, mostRuns = 3000; // milliseconds, runs
const version = JSON.parse(fs.readFileSync(require.resolve('onnxruntime-node').replace(/(.*onnxruntime-node).*/, '$1/package.json'))).version;

async function median(run) {
  for (let i = 0; i < 20; i++) await run();
  const times = [], start = performance.now();
  while (times.length < mostRuns && (times.length < 5 || performance.now() - start < budget)) {
    const before = performance.now();
    await run();
    times.push(performance.now() - before);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] * 1e3;
}

async function measure({ name, shape, file }) {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all' };
  const session = await ort.InferenceSession.create(`${folder}/${file}`, options);
  for (const batch of [1, 256]) {
    const values = Float32Array.from({ length: batch * shape[0] * shape[1] }, () => Math.random() - 0.5);
    const x = new ort.Tensor('float32', values, [batch, ...shape]);
    const us = +(await median(() => session.run({ x }))).toFixed(2);
    console.log(JSON.stringify({ peer: `onnxruntime${version}/t1`, model: name, op: 'infer', batch, us }));
  }
}

if (folder === '--versions') console.log(`${version}, Node ${process.version}`);
else for (const network of JSON.parse(fs.readFileSync(`${folder}/networks.json`))) await measure(network);
