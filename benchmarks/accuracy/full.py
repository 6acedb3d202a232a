"""Models and how long their training took, from reports of the same candles.   usage: full.py REPORT.json ...
Prints Markdown tables; a model is taken from the first report that has it."""
import json, sys

reports = [json.load(open(path)) for path in sys.argv[1:]]
points = lambda value: "" if value is None else f"{100 * value:.2f}"
minutes = lambda seconds: f"{seconds / 60:.1f}"
seconds, directions, others = {}, {}, {}
for report in reports:
    for model in report["models"]: directions.setdefault(model["model"], model)
    for model in report["other_targets"]: others.setdefault(model["model"], model)
    for name, took in report["run"]["training_seconds"].items(): seconds.setdefault(name, took)


def rate(r, coverage=False):
    low, high = r["interval"]
    return f"{points(r['accuracy'])} [{points(low)}, {points(high)}]" + (f" of {100 * r['coverage']:.1f}" if coverage else "")


print("| model | accuracy, % of the directions | most confident tenth, % of how many | log-loss | epochs of each fold | training, minutes |")
print("|---|---|---|---|---|---|")
for name, model in sorted(directions.items(), key=lambda m: -m[1]["scores"]["combined"]["direction"]["accuracy"]):
    s, epochs = model["scores"]["combined"], model["epochs"]
    print(f"| {name} | {rate(s['direction'])} | {rate(s['most_confident'], True)} | {s['probabilities']['log_loss']:.4f} |"
        f" {', '.join(f'{e:.0f}' for e in epochs) if any(epochs) else ''} | {minutes(seconds[name])} |")
print("\n| model | says | right, % | its rule | always the more frequent | most confident tenth | training, minutes |")
print("|---|---|---|---|---|---|---|")
for name, model in others.items():
    s = model["scores"]["combined"]
    print(f"| {name} | {model['says']} | {rate(s['rate'])} | {points((s['rule'] or {}).get('accuracy'))} | {points(s['base_rate']['accuracy'])} |"
        f" {rate(s['most_confident'], True)} | {minutes(seconds[name])} |")
print(f"\nTraining: {sum(seconds.values()) / 3600:.2f} hours of one thread in {len(seconds)} models.")
for report in reports:
    run = report["run"]
    print(f"{run['jobs']} jobs on {run['threads']} threads, {run['reused']} of them found finished: {run['seconds'] / 3600:.2f} hours.")
