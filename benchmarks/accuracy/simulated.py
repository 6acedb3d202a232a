"""Joins the reports of simulated markets with different seeds.   usage: simulated.py 0.5|0.55|0.6 REPORT.json ...
Prints a Markdown table; exits 1 where the models do not do what a sound implementation must: find v3.1's share of an edge that is there
(60 % of it at 0.55, 80 % at 0.6), and claim none that is not (no more than one interval of five above 50 %)."""
import json, math, sys

kind, reports = sys.argv[1], [json.load(open(path)) for path in sys.argv[2:]]
models = [m["model"] for m in reports[0]["models"]]
scores = {name: [next(m for m in r["models"] if m["model"] == name)["scores"]["combined"] for r in reports] for name in models}
mean = lambda values: sum(values) / len(values)
points = lambda value: f"{100 * value:.2f}"
failures = []
rows = f"{reports[0]['test_rows']:,} predictions each"

if kind in ("0.55", "0.6"):
    least = {"0.55": 0.6, "0.6": 0.8}[kind]
    # Markets are independent: the half-width of a mean over n of them is sqrt(sum of squares) / n.
    print(f"{len(reports)} markets, best possible accuracy {points(mean([r['market']['combined']['best_accuracy'] for r in reports]))} %, {rows}\n")
    print("| model | accuracy % | share of the possible edge % | least | minus linear, points | 95 % interval | markets in which it is better than linear (p < 0.05) |")
    print("|---|---|---|---|---|---|---|")
    for name in models:
        accuracy = mean([s["direction"]["accuracy"] for s in scores[name]])
        shares = [s["edge_share"]["value"] for s in scores[name]]
        pairs = [c for r in reports for c in r["comparisons"] if c["model"] == name and c["against"] == "linear"]
        row = f"| {name} | {points(accuracy)} | {100 * mean(shares):.1f} | {100 * min(shares):.1f} |"
        if pairs:
            difference = mean([c["difference"] for c in pairs])
            half = math.sqrt(sum(((c["interval"][1] - c["interval"][0]) / 2) ** 2 for c in pairs)) / len(pairs)
            better = sum(c["difference"] > 0 and c["p"] < 0.05 for c in pairs)
            row += f" {points(difference)} | {points(difference - half)} .. {points(difference + half)} | {better} of {len(pairs)} |"
            if name in ("v3", "v3.1", "v3.2") and not difference - half > 0:
                failures.append(f"{name}: expected to beat linear")
            if name == "v2" and not difference + half < 0: failures.append("linear: expected to beat v2")
        else: row += " | | |"
        if name == "v3.1" and min(shares) < least:
            failures.append(f"v3.1: expected at least {100 * least:.0f} % of the possible edge in each market, got {100 * min(shares):.1f} %")
        # Every network of the next candle's direction, where it is there to be found.
        if kind == "0.6" and name.startswith(("v3", "plan-")) and min(shares) < 0.6:
            failures.append(f"{name}: expected at least 60 % of the possible edge in each market, got {100 * min(shares):.1f} %")
        print(row)
else:
    print(f"{len(reports)} markets with nothing to find, {rows}\n")
    print("| model | mean accuracy % | least | most | markets whose 95 % interval lies above 50 % | below |")
    print("|---|---|---|---|---|---|")
    for name in models:
        accuracies = [s["direction"]["accuracy"] for s in scores[name]]
        above = sum(s["direction"]["interval"][0] > 0.5 for s in scores[name])
        below = sum(s["direction"]["interval"][1] < 0.5 for s in scores[name])
        print(f"| {name} | {points(mean(accuracies))} | {points(min(accuracies))} | {points(max(accuracies))} | {above} | {below} |")
        if above > 1: failures.append(f"{name}: expected at most 1 of {len(reports)} intervals above 50 %, got {above}")

print(*failures, sep="\n", file=sys.stderr)
sys.exit(1 if failures else 0)
