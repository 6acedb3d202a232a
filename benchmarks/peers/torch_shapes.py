"""The networks of ../Network.cs in PyTorch, timed as ../Peers.cs times ours, with one thread.
usage: torch_shapes.py [TEXT]       only cases whose name contains TEXT; prints JSON lines {peer, model, op, batch, us}
       torch_shapes.py --versions   what would be measured"""
import json, os, sys, time
import torch
from torch import nn

BUDGET, MOST_RUNS = 1.5, 3000  # seconds, runs


class Last(nn.Module):
    """v3.2: the last step of an LSTM."""

    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.LSTM(6, 32, batch_first=True), nn.Linear(32, 3)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


class BiLast(nn.Module):
    """v3: the final states of both directions."""

    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.LSTM(6, 64, bidirectional=True, batch_first=True), nn.Linear(128, 3)

    def forward(self, x):
        h = self.rnn(x)[1][0]
        return self.head(torch.cat([h[-2], h[-1]], 1))


class Attention(nn.Module):
    """v3.1: additive attention over the steps of both directions, then dense layers."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(6, 64, bidirectional=True, batch_first=True)
        self.w, self.v = nn.Linear(128, 64), nn.Linear(64, 1, bias=False)
        self.head = nn.Sequential(nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 3))

    def forward(self, x):
        y = self.rnn(x)[0]
        a = torch.softmax(self.v(torch.tanh(self.w(y))), 1)
        return self.head((a * y).sum(1))


def median(run):
    for _ in range(3):
        run()
    times, start = [], time.perf_counter()
    while len(times) < MOST_RUNS and (len(times) < 5 or time.perf_counter() - start < BUDGET):
        before = time.perf_counter()
        run()
        times.append(time.perf_counter() - before)
    return sorted(times)[len(times) // 2] * 1e6


def inference(model, x):
    model.eval()

    def run():
        with torch.inference_mode():
            model(x)
    return run


def training(model, x, target):
    model.train()
    adam, loss = torch.optim.Adam(model.parameters(), 1e-3), nn.CrossEntropyLoss()

    def run():
        adam.zero_grad(set_to_none=True)
        loss(model(x), target).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        adam.step()
    return run


# Debian's PyTorch runs on whatever libblas.so.3 is; on the reference one it is several times slower, which would flatter us.
blas = sorted({line.split()[-1] for line in open('/proc/self/maps') if 'blas' in line or 'mkl' in line})
if not any('openblas' in path or 'mkl' in path for path in blas):
    sys.exit(f'torch_shapes: expected PyTorch on OpenBLAS or MKL, got {", ".join(blas)}; apt-get install libopenblas0-pthread')
if sys.argv[1:] == ['--versions']:
    print(torch.__version__, 'on', ', '.join(sorted({os.path.basename(os.path.realpath(path)) for path in blas})))
    sys.exit()

torch.set_num_threads(1)
torch.manual_seed(0)
wanted = sys.argv[1].lower() if len(sys.argv) > 1 else ''
for name, network in (('v3.2 lstm32 T20 I6', Last), ('v3 bilstm64 T20 I6', BiLast), ('v3.1 bilstm64+attn T20 I6', Attention)):
    for op, batch in (('infer', 1), ('infer', 256), ('train', 32), ('train', 64)):
        if wanted not in f'{name}, {op}, batch {batch}'.lower():
            continue
        x = torch.randn(batch, 20, 6)
        run = inference(network(), x) if op == 'infer' else training(network(), x, torch.randint(0, 3, (batch,)))
        print(json.dumps(dict(peer=f'torch{torch.__version__}/t1', model=name, op=op, batch=batch, us=round(median(run), 1))), flush=True)
