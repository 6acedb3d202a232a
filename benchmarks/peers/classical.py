"""The models of ../Classical.cs in scikit-learn, on the rows that it wrote: the first four fifths train, the rest judge.
usage: classical.py FOLDER [--threads N] [--repeats N] [--filter TEXT] [--early-stopping]
FOLDER holds x.npy and y.npy of `benchmarks classical --out FOLDER`; prints JSON lines {peer, model, fit_s, fit_cpu_s (of all threads), predict_s, accuracy, log_loss}.
--early-stopping: boosting as it comes, which on over 10,000 rows keeps a random tenth aside and stops by it"""
import argparse, json, os, time

parser = argparse.ArgumentParser(usage=__doc__)
parser.add_argument('folder')
parser.add_argument('--threads', type=int, default=1)
parser.add_argument('--repeats', type=int, default=3)
parser.add_argument('--filter', default='')
parser.add_argument('--early-stopping', action='store_true')
options = parser.parse_args()
for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS'):  # before NumPy is loaded
    os.environ[name] = str(options.threads)

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

x, y = np.load(f'{options.folder}/x.npy'), np.load(f'{options.folder}/y.npy')
n = len(y) // 5 * 4
MODELS = (
    ('logistic', lambda: LogisticRegression(max_iter=300)),
    ('boosting', lambda: HistGradientBoostingClassifier(
        max_iter=200, learning_rate=.03, max_leaf_nodes=15, min_samples_leaf=500, l2_regularization=1,
        early_stopping='auto' if options.early_stopping else False, random_state=1)),
    ('forest', lambda: RandomForestClassifier(300, max_depth=8, min_samples_leaf=200, n_jobs=options.threads, random_state=1)),
)
for name, make in MODELS:
    if options.filter not in name:
        continue
    seconds, busy = [], []
    for _ in range(options.repeats):
        model, start, used = make(), time.perf_counter(), time.process_time()
        model.fit(x[:n], y[:n])
        busy.append(time.process_time() - used)
        seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    p = model.predict_proba(x[n:])
    predict = time.perf_counter() - start
    print(json.dumps(dict(
        peer=f'sklearn{sklearn.__version__}/t{options.threads}', model=name, rows=n, features=x.shape[1], fit_s=round(min(seconds), 4),
        fit_cpu_s=round(min(busy), 4), predict_s=round(predict, 4), accuracy=round(float(((p[:, 1] > .5) == y[n:]).mean()), 5),
        log_loss=round(float(log_loss(y[n:], p.astype(float))), 6))), flush=True)
