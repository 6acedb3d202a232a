"""The models of ../Classical.cs in scikit-learn, on the rows of a folder: the first N train, the rest judge.
usage: classical.py FOLDER [--training N] [--threads N] [--repeats N] [--filter TEXT]
FOLDER holds x.npy, y.npy and, for logistic regression, z.npy, the scaled x: of `benchmarks classical --out FOLDER`, or of classical_pairs.py.
Prints JSON lines {peer, threads, model, fit_s, fit_cpu_s (of all threads), predict_s, accuracy, surest_tenth, log_loss, rounds}.
boosting makes all rounds; boosting-early is boosting as it comes, which on over 10,000 rows keeps a random tenth aside and stops by it"""
import argparse, json, os, time

parser = argparse.ArgumentParser(usage=__doc__)
parser.add_argument('folder')
parser.add_argument('--training', type=int, default=240_000)
parser.add_argument('--threads', type=int, default=1)
parser.add_argument('--repeats', type=int, default=3)
parser.add_argument('--filter', default='')
options = parser.parse_args()
for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS'):  # before NumPy is loaded
    os.environ[name] = str(options.threads)

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

x, z, y = (np.load(f'{options.folder}/{name}.npy') for name in 'xzy')
n = options.training


def boosting(early_stopping):
    return HistGradientBoostingClassifier(max_iter=200, learning_rate=.03, max_leaf_nodes=15, min_samples_leaf=500, l2_regularization=1,
                                          early_stopping=early_stopping, random_state=1)


MODELS = (
    ('logistic', lambda: LogisticRegression(max_iter=300)),
    ('boosting', lambda: boosting(False)),
    ('boosting-early', lambda: boosting('auto')),
    ('forest', lambda: RandomForestClassifier(300, max_depth=8, min_samples_leaf=200, n_jobs=options.threads, random_state=1)),
)
for name, make in MODELS:
    if options.filter not in name:
        continue
    features = z.astype(float) if name == 'logistic' else x
    seconds, busy = [], []
    for _ in range(options.repeats):
        model, start, used = make(), time.perf_counter(), time.process_time()
        model.fit(features[:n], y[:n])
        busy.append(time.process_time() - used)
        seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    p = model.predict_proba(features[n:])
    predict = time.perf_counter() - start
    right = (p[:, 1] > .5) == y[n:]
    surest = np.argsort(-np.abs(p[:, 1] - .5), kind='stable')[:len(right) // 10]
    print(json.dumps(dict(
        peer=f'sklearn{sklearn.__version__}', threads=options.threads, model=name, rows=n, features=x.shape[1], fit_s=round(min(seconds), 4),
        fit_cpu_s=round(min(busy), 4), predict_s=round(predict, 4), accuracy=round(float(right.mean()), 5),
        surest_tenth=round(float(right[surest].mean()), 5), log_loss=round(float(log_loss(y[n:], p.astype(float))), 6),
        rounds=int(getattr(model, 'n_iter_', 0)) if name.startswith('boosting') else 0)), flush=True)
