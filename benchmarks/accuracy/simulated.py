"""Joins the reports of simulated markets with different seeds.   usage: simulated.py planted|empty REPORT.json ...
Prints a Markdown table; exits 1 where the models do not do what a sound implementation must."""
import json, math, sys

kind, reports = sys.argv[1], [json.load(open(path)) for path in sys.argv[2:]]
models = [m["model"] for m in reports[0]["models"]]
scores = {name: [next(m for m in r["models"] if m["model"] == name)["scores"]["combined"] for r in reports] for name in models}
mean = lambda values: sum(values) / len(values)
points = lambda value: f"{100 * value:.2f}"
failures = []

if kind == "planted":
    # Markets are independent: the half-width of a mean over n of them is sqrt(sum of squares) / n.
    print(f"{len(reports)} markets, best possible accuracy {points(mean([r['market']['combined']['best_accuracy'] for r in reports]))} %\n")
    print("| model | accuracy % | share of the possible edge % | minus linear, points | 95 % interval | markets in which it is better than linear (p < 0.05) |")
    print("|---|---|---|---|---|---|")
    for name in models:
        accuracy = mean([s["direction"]["accuracy"] for s in scores[name]])
        share = mean([s["edge_share"]["value"] for s in scores[name]])
        pairs = [c for r in reports for c in r["comparisons"] if c["model"] == name]
        row = f"| {name} | {points(accuracy)} | {100 * share:.1f} |"
        if pairs:
            difference = mean([c["difference"] for c in pairs])
            half = math.sqrt(sum(((c["interval"][1] - c["interval"][0]) / 2) ** 2 for c in pairs)) / len(pairs)
            better = sum(c["difference"] > 0 and c["p"] < 0.05 for c in pairs)
            row += f" {points(difference)} | {points(difference - half)} .. {points(difference + half)} | {better} of {len(pairs)} |"
            if name in ("v3", "v3.1", "v3.2") and not (difference - half > 0 and share >= 0.7):
                failures.append(f"{name}: expected to beat linear with at least 70 % of the possible edge, got {100 * share:.1f} %")
            if name == "v2" and not difference + half < 0:
                failures.append("linear: expected to beat v2")
        else: row += " | | |"
        print(row)
else:
    print(f"{len(reports)} markets with nothing to find\n")
    print("| model | mean accuracy % | markets whose 95 % interval excludes 50 % |")
    print("|---|---|---|")
    for name in models:
        excluded = sum(not s["direction"]["interval"][0] <= 0.5 <= s["direction"]["interval"][1] for s in scores[name])
        print(f"| {name} | {points(mean([s['direction']['accuracy'] for s in scores[name]]))} | {excluded} |")
        if excluded > 3: failures.append(f"{name}: expected at most 3 of {len(reports)} intervals to exclude 50 %, got {excluded}")

print(*failures, sep="\n", file=sys.stderr)
sys.exit(1 if failures else 0)
