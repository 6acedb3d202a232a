"""What scikit-learn 1.2.1 (Debian's python3-sklearn) makes of the rows of PeerRows.cs: the numbers in GoldenModelTests.cs.
usage: python3 golden.py"""
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression

n = 1000
i = np.arange(1, n + 1)
X = np.stack([(i * a % 1009) / 1009 for a in (17, 101, 373, 611, 997)], 1).astype(np.float32)
x, noise = X.astype(float), (i * 389 % 1009) / 1009
t = np.sin(6 * x[:, 0]) + 2 * x[:, 1] * x[:, 2] + (x[:, 3] > .6) + .5 * noise
two, three = (t > np.median(t)).astype(int), (t > 1.1).astype(int) + (t > 1.9)
w = .5 + (i % 4) / 2
missing, later = X.copy(), X.copy()
missing[i % 5 == 0, 0] = np.nan
missing[i % 3 == 0, 3] = np.nan
later[:, 1] = np.nan  # which training never lacked
z = ((x - x.mean(0)) / x.std(0)).astype(np.float32).astype(float)


def show(name, p):
    print(name, p[[0, 1, 499, 998, 999]].ravel().tolist(), 'sum', (p if p.ndim == 1 else p[:, -1]).sum())


def regressor(**settings):
    return HistGradientBoostingRegressor(early_stopping=False, **settings)


def classifier(**settings):
    return HistGradientBoostingClassifier(early_stopping=False, **settings)


show('numbers', regressor(max_iter=50, max_leaf_nodes=8, l2_regularization=.5).fit(X, t).predict(X))
show('numbers, weights', regressor(max_iter=50, max_leaf_nodes=8, max_depth=3, min_samples_leaf=5).fit(X, t, sample_weight=w).predict(X))
show('two', classifier(max_iter=50, max_leaf_nodes=8, l2_regularization=1).fit(X, two).predict_proba(X)[:, 1])
show('two, weights', classifier(max_iter=50, learning_rate=.05, max_leaf_nodes=15, max_bins=32).fit(X, two, sample_weight=w).predict_proba(X)[:, 1])
show('three', classifier(max_iter=30, max_leaf_nodes=6).fit(X, three).predict_proba(X))
model = classifier(max_iter=40, max_leaf_nodes=10).fit(missing, two)
show('missing', model.predict_proba(missing)[:, 1])
show('missing later', model.predict_proba(later)[:, 1])
for name, y, C, weights in (('logistic', two, 1, None), ('logistic C, weights', two, .01, w), ('multinomial', three, .5, None), ('multinomial, weights', three, .5, w)):
    model = LogisticRegression(solver='newton-cg', tol=1e-8, max_iter=10000, C=C).fit(z, y, sample_weight=weights)
    print(name, model.coef_.round(9).ravel().tolist(), model.intercept_.round(9).tolist())
