"""Rows of the ten 1h pairs for ../Classical.cs and classical.py, and the table of what both made of them.
usage: classical_pairs.py rows KLINES FOLDER     KLINES/{BTCUSDT/BTC_1h.csv, ...} as `neuralcore convert KLINES --format csv` writes them become
                                                 FOLDER/x.npy, z.npy, y.npy; prints how many rows train
       classical_pairs.py table FILE...          JSON lines of both sides, of which the fastest fit counts; fails if an accuracy differs by more than
                                                 0.3 points, or with --slower also if ours took longer"""
import json, sys

PAIRS = ('BTC', 'ETH', 'BNB', 'SOL', 'XRP', 'ADA', 'DOGE', 'AVAX', 'LINK', 'DOT')
MOST_POINTS = 0.3


def rows(klines, folder):
    """25 features, the direction of the next candle, train on the first four fifths in time less one candle, judge on the rest, pooled: those of
    ../../../shared/peers/accuracy_sklearn.py at 1h. Values that are not finite leave their row out, as does no move."""
    import numpy as np
    import pandas as pd

    candles = {s: pd.read_csv(f'{klines}/{s}USDT/{s}_1h.csv') for s in PAIRS}
    returns = {s: np.log(c.close).diff() for s, c in candles.items()}
    market = pd.concat(returns.values(), axis=1).mean(axis=1)
    split = int(len(candles['BTC']) * .8)
    xs, ys, times = [], [], []
    for s, c in candles.items():
        r, close, ema = returns[s], c.close, lambda span: c.close.ewm(span=span, adjust=False).mean()
        up, down = (d.clip(lower=0).ewm(alpha=1 / 14, adjust=False).mean() for d in (r, -r))
        deviation, taker = r.rolling(48).std(), c.taker_buy_base / c.volume.replace(0, np.nan) - .5
        opened = pd.to_datetime(c.open_time)
        features = [
            r, close.pct_change(20), 100 - 100 / (1 + up / (down + 1e-12)), (ema(12) - ema(26)) / close, (c.high - c.low) / close,
            c.volume.pct_change().clip(-1, 5), *(r.shift(k) for k in range(6)), close.pct_change(12), close.pct_change(24),
            (2 * close - c.high - c.low) / (c.high - c.low + 1e-12), taker, taker.rolling(4).mean(), returns['BTC'], returns['BTC'].shift(1),
            market, r - market, r / deviation, deviation, opened.dt.hour, opened.dt.dayofweek]
        xs.append(np.column_stack(features))
        ys.append(r.shift(-1).values)
        times.append(np.arange(len(c)))
    x, y, time = (np.concatenate(a) for a in (xs, ys, times))
    known = np.isfinite(x).all(axis=1) & np.isfinite(y) & (y != 0)
    x, y, time = np.clip(x[known], -1e3, 1e3).astype(np.float32), y[known], time[known]
    train, test = time < split - 1, time >= split
    mean, unit = x[train].mean(axis=0, dtype=float), x[train].std(axis=0, dtype=float)
    order = np.concatenate([np.flatnonzero(train), np.flatnonzero(test)])
    for name, values in (('x', x[order]), ('z', ((x[order] - mean) / unit).astype(np.float32)), ('y', (y[order] > 0).astype(np.int32))):
        np.save(f'{folder}/{name}.npy', np.ascontiguousarray(values))
    print(int(train.sum()))


def table(files, slower_fails):
    best = {}
    for line in (json.loads(line) for file in files for line in open(file)):
        key = line['model'], line['threads'], line['peer'] != 'neuralcore'
        if key not in best or line['fit_s'] < best[key]['fit_s']:
            best[key] = line
    failed = []
    print('| model | threads | accuracy % | peer | difference in points | most confident tenth % | peer | log-loss | peer | fit s | peer | peer / ours | processor s | peer |')
    print('|---|' + '---|' * 13)
    for model, threads in dict.fromkeys((m, n) for m, n, _ in best if (m, n, True) in best and (m, n, False) in best):
        ours, peer = best[model, threads, False], best[model, threads, True]
        points, ratio = 100 * (ours['accuracy'] - peer['accuracy']), peer['fit_s'] / ours['fit_s']
        print(f"| {model} | {threads} | {100 * ours['accuracy']:.2f} | {100 * peer['accuracy']:.2f} | {points:+.2f} | "
              f"{100 * ours['surest_tenth']:.2f} | {100 * peer['surest_tenth']:.2f} | {ours['log_loss']:.5f} | {peer['log_loss']:.5f} | "
              f"{ours['fit_s']:.2f} | {peer['fit_s']:.2f} | {ratio:.2f} | {ours['fit_cpu_s']:.2f} | {peer['fit_cpu_s']:.2f} |")
        if abs(points) > MOST_POINTS:
            failed.append(f'{model}, {threads} threads: expected an accuracy within {MOST_POINTS} points of the peer, got {points:+.2f}')
        if slower_fails and ratio < 1:
            failed.append(f"{model}, {threads} threads: expected to fit in at most {peer['fit_s']:.2f} s, got {ours['fit_s']:.2f} s")
    if failed:
        sys.exit('\n'.join(failed))


if len(sys.argv) == 4 and sys.argv[1] == 'rows':
    rows(*sys.argv[2:])
elif len(sys.argv) > 2 and sys.argv[1] == 'table':
    table([a for a in sys.argv[2:] if a != '--slower'], '--slower' in sys.argv)
else:
    sys.exit(__doc__)
