"""Joins JSON lines {peer, model, op, batch, us} of ours with those of peers and prints a Markdown table of the ratios peer / ours.
Where a file has a case several times (repeated runs), the fastest median counts, on both sides.
usage: compare.py ours.jsonl peer.jsonl [peer2.jsonl ...]   exit 1 where a peer's case was not measured by us"""
import json, math, sys


def fastest(file):
    best = {}
    for line in open(file):
        if line.startswith('{'):
            r = json.loads(line)
            key = r['peer'], r['model'], r['op'], r['batch']
            best[key] = min(r['us'], best.get(key, math.inf))
    return best


ours = {key[1:]: us for key, us in fastest(sys.argv[1]).items()}
logs, missing = {}, []
print('| model | op | batch | peer | ours µs | peer µs | peer / ours |\n|---|---|---|---|---|---|---|')
for file in sys.argv[2:]:
    for (peer, *case), us in fastest(file).items():
        if tuple(case) not in ours:
            missing.append(case)
            continue
        ratio = us / ours[tuple(case)]
        logs.setdefault((peer, case[1]), []).append(math.log(ratio))
        print(f'| {case[0]} | {case[1]} | {case[2]} | {peer} | {ours[tuple(case)]:.1f} | {us:.1f} | {ratio:.2f} |')
print()
for (peer, op), values in logs.items():
    print(f'{peer} {op}: {len(values)} cases, geometric mean {math.exp(sum(values) / len(values)):.2f}, worst {math.exp(min(values)):.2f}')
for case in missing:
    print('not measured by us:', *case)
sys.exit(1 if missing or not logs else 0)
