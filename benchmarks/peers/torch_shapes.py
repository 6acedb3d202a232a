"""The networks of ../Network.cs in PyTorch, timed as ../Peers.cs times ours, with one thread.
usage: torch_shapes.py [TEXT]       only cases whose name contains TEXT; prints JSON lines {peer, model, op, batch, us}
       torch_shapes.py --versions   what would be measured"""
import json, os, sys, time
import torch
from torch import nn

BUDGET, MOST_RUNS = 1, 3000  # seconds, runs


class Last(nn.Module):
    """A head on the last step of a recurrent layer."""

    def __init__(self, rnn, head):
        super().__init__()
        self.rnn, self.head = rnn, head

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


class Plan(nn.Module):
    """Two LSTM layers of different sizes with dropout between, then dense layers."""

    def __init__(self):
        super().__init__()
        self.l1, self.l2 = nn.LSTM(20, 128, batch_first=True), nn.LSTM(128, 64, batch_first=True)
        self.dropout, self.f, self.o = nn.Dropout(0.2), nn.Linear(64, 32), nn.Linear(32, 2)

    def forward(self, x):
        last = self.l2(self.dropout(self.l1(x)[0]))[0][:, -1]
        return self.o(torch.relu(self.f(self.dropout(last))))


class Transformer(nn.Module):
    """Six encoder layers with learned positions, a head on the last step."""

    def __init__(self):
        super().__init__()
        self.p, self.pos = nn.Linear(20, 128), nn.Parameter(torch.zeros(1, 60, 128))
        self.t = nn.TransformerEncoder(nn.TransformerEncoderLayer(128, 4, 512, batch_first=True), 6)
        self.o = nn.Linear(128, 5)

    def forward(self, x):
        return self.o(self.t(self.p(x) + self.pos)[:, -1])


def cryptolstm():
    rnn = nn.LSTM(32, 128, 2, dropout=0.2, batch_first=True)
    return Last(rnn, nn.Sequential(nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1)))


# name, module, shape (T, I) of a row, outputs: one is a regression
NETWORKS = (
    ('v3.2 lstm32 T20 I6', lambda: Last(nn.LSTM(6, 32, batch_first=True), nn.Linear(32, 3)), (20, 6), 3),
    ('v3 bilstm64 T20 I6', BiLast, (20, 6), 3),
    ('v3.1 bilstm64+attn T20 I6', Attention, (20, 6), 3),
    ('plan lstm128-64 T60 I20', Plan, (60, 20), 2),
    ('cryptolstm 2x128 T10 I32', cryptolstm, (10, 32), 1),
    ('gru 2x128 T60 I20', lambda: Last(nn.GRU(20, 128, 2, batch_first=True), nn.Linear(128, 3)), (60, 20), 3),
    ('transformer d128 h4 L6 ff512 T60', Transformer, (60, 20), 5),
)


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


def training(model, x, outputs):
    model.train()
    target = torch.randn(len(x), 1) if outputs == 1 else torch.randint(0, outputs, (len(x),))
    adam, loss = torch.optim.Adam(model.parameters(), 1e-3), nn.MSELoss() if outputs == 1 else nn.CrossEntropyLoss()

    def run():
        adam.zero_grad(set_to_none=True)
        loss(model(x), target).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        adam.step()
    return run


def blas():
    """The library that PyTorch multiplies with. On the reference one it is several times slower, which would flatter us."""
    files = sorted({line.split()[-1] for line in open('/proc/self/maps') if 'blas' in line or 'mkl' in line})
    if not any('openblas' in path or 'mkl' in path for path in files):
        sys.exit(f'torch_shapes: expected PyTorch on OpenBLAS or MKL, got {", ".join(files)}; apt-get install libopenblas0-pthread')
    return ', '.join(sorted({os.path.basename(os.path.realpath(path)) for path in files}))


def main(text):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for name, network, shape, outputs in NETWORKS:
        for op, batch in (('infer', 1), ('infer', 256), ('train', 32), ('train', 64)):
            if text.lower() not in f'{name}, {op}, batch {batch}'.lower():
                continue
            x = torch.randn(batch, *shape)
            run = inference(network(), x) if op == 'infer' else training(network(), x, outputs)
            print(json.dumps(dict(peer=f'torch{torch.__version__}/t1', model=name, op=op, batch=batch, us=round(median(run), 2))), flush=True)


if __name__ == '__main__':
    library = blas()
    if sys.argv[1:] == ['--versions']:
        print(torch.__version__, 'on', library)
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else '')
