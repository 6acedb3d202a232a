"""Joins JSON lines {peer, model, op, batch, us} of ours with those of peers and prints Markdown: the ratios peer / ours, their geometric
means, and our share of the processor's peak. Where a file has a case several times (repeated runs), the fastest counts, on both sides.
usage: compare.py ours.jsonl peer.jsonl [peer2.jsonl ...] [--threads ours-with-threads.jsonl]
exit 1 where a peer's case was not measured by us"""
import json, math, sys


def fastest(file):
    best = {}
    for line in open(file):
        if line.startswith('{'):
            r = json.loads(line)
            key = r['peer'], r['model'], r['op'], r['batch']
            if key not in best or r['us'] < best[key]['us']:
                best[key] = r
    return best


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def table(*head):
    print('| ' + ' | '.join(head) + ' |\n' + '|---' * len(head) + '|')


files, threads = sys.argv[1:], None
if '--threads' in files:
    i = files.index('--threads')
    threads = files[i + 1]
    del files[i:i + 2]
ours = {key[1:]: r for key, r in fastest(files[0]).items()}

missing, ratios, rows = [], {}, {}
for file in files[1:]:
    for (peer, *case), r in fastest(file).items():
        case = tuple(case)
        if case not in ours:
            missing.append(case)
            continue
        ratio = r['us'] / ours[case]['us']
        ratios.setdefault((peer, case[1]), []).append(ratio)
        rows.setdefault((peer, case[1]), []).append(f'| {case[0]} | {case[2]} | {ours[case]["us"]:.1f} | {r["us"]:.1f} | {ratio:.2f} |')

table('peer', 'op', 'cases', 'geometric mean of peer / ours', 'least')
for (peer, op), values in ratios.items():
    print(f'| {peer} | {op} | {len(values)} | {mean(values):.2f} | {min(values):.2f} |')
for (peer, op), lines in rows.items():
    print(f'\n## {op}, beside {peer}\n')
    table('model', 'batch', 'ours µs', 'peer µs', 'peer / ours')
    print('\n'.join(lines))

shares = {case: r for case, r in ours.items() if 'peak' in r}
if shares:
    print('\n## Share of the peak\nGFLOP/s of the matrix products alone, '
          'and their share of what fused multiply-adds on registers reach in the same process.\n')
    table('model', 'op', 'batch', 'GFLOP/s', 'share')
    for (model, op, batch), r in shares.items():
        print(f'| {model} | {op} | {batch} | {r["gflops"]:.0f} | {100 * r["peak"]:.0f} % |')

if threads and (several := fastest(threads)):
    print(f'\n## {next(iter(several))[0].split("/t")[1]} threads beside one\n')
    table('model', 'op', 'batch', 'one µs', 'several µs', 'one / several')
    for (_, model, op, batch), r in several.items():
        one = ours[model, op, batch]['us']
        print(f'| {model} | {op} | {batch} | {one:.1f} | {r["us"]:.1f} | {one / r["us"]:.2f} |')

for case in missing:
    print('not measured by us:', *case)
sys.exit(1 if missing else 0)
