"""Draws the time of one LSTM layer, forward and backward, against T, B and H from lines {peer, model, op, batch, us} as an SVG.
usage: plot.py scaling.jsonl > scaling.svg"""
import json, math, re, sys

PANELS = (  # title, index of the size that grows in (T, B, H), power of its growth, what stays; I = H in all of them
    ('steps T', 0, 1, lambda t, b, h: (b, h) == (32, 64), 'B 32, H 64'),
    ('batch B', 1, 1, lambda t, b, h: (t, h) == (60, 128), 'T 60, H 128'),
    ('units H', 2, 2, lambda t, b, h: (t, b) == (20, 32), 'T 20, B 32'),
)
COLOURS, GREY, INK = ('#0072b2', '#d55e00', '#009e73'), '#999', '#222'
WIDTH, HEIGHT, LEFT, GAP, TOP = 320, 300, 98, 80, 78


def read(file):
    points = {}
    for line in open(file):
        r = json.loads(line)
        t, h = map(int, re.search(r'T(\d+) .*H(\d+)', r['model']).groups())
        sizes, peers = (t, r['batch'], h), points.setdefault(r['peer'].split('/')[0], {})
        peers[sizes] = min(r['us'], peers.get(sizes, math.inf))
    return points


def decades(values):
    low, high = min(values), max(values)
    return math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)


def time_label(us):
    return f'{us:g} µs' if us < 1e3 else f'{us / 1e3:g} ms' if us < 1e6 else f'{us / 1e6:g} s'


class Panel:
    """One log-log diagram; each axis has a logarithmic range of its own."""

    def __init__(self, left, xs, ys):
        self.left, self.x, self.y = left, (math.log10(min(xs)) - .08, math.log10(max(xs)) + .08), decades(ys)

    def at(self, x, y):
        across, up = ((math.log10(v) - low) / (high - low) for v, (low, high) in ((x, self.x), (y, self.y)))
        return self.left + across * WIDTH, TOP + HEIGHT - up * HEIGHT

    def axes(self, ticks, label):
        yield f'<rect x="{self.left}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="{INK}"/>'
        for power in range(self.y[0], self.y[1] + 1):
            _, y = self.at(10 ** self.x[0], 10 ** power)
            yield f'<path d="M{self.left} {y:.1f}h{WIDTH}" stroke="#e4e4e4"/>' * (self.y[0] < power < self.y[1])
            yield f'<text x="{self.left - 8}" y="{y + 4:.1f}" text-anchor="end">{time_label(10 ** power)}</text>'
        for tick in ticks:
            x, _ = self.at(tick, 10 ** self.y[0])
            yield f'<path d="M{x:.1f} {TOP + HEIGHT}v5" stroke="{INK}"/><text x="{x:.1f}" y="{TOP + HEIGHT + 20}" text-anchor="middle">{tick}</text>'
        yield f'<text x="{self.left + WIDTH / 2}" y="{TOP + HEIGHT + 44}" text-anchor="middle" class="title">{label}</text>'

    def line(self, points, colour, style=''):
        path = ' '.join(f'{x:.1f},{y:.1f}' for x, y in (self.at(*p) for p in points))
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" {style}/>'

    def dots(self, points, colour):
        for x, y in (self.at(*p) for p in points):
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'


def draw(points):
    names = sorted(points, key=lambda name: not name.startswith('neuralcore'))   # ours first
    yield f'<text x="{LEFT}" y="28" class="head">Time of one LSTM layer, forward + backward, one thread</text>'
    entries = [(name, colour, '') for name, colour in zip(names, COLOURS)] + [('proportional to T, B and H²', GREY, 'stroke-dasharray="6 5"')]
    for i, (name, colour, style) in enumerate(entries):
        x = LEFT + 170 * i
        yield f'<path d="M{x} 51h30" stroke="{colour}" stroke-width="2" {style}/><text x="{x + 38}" y="55">{name}</text>'
        yield f'<circle cx="{x + 15}" cy="51" r="3.5" fill="{colour}"/>' * (not style)
    middle = TOP + HEIGHT / 2
    yield f'<text x="22" y="{middle}" text-anchor="middle" class="title" transform="rotate(-90 22 {middle})">time of a run</text>'
    for i, (title, index, power, belongs, rest) in enumerate(PANELS):
        series = {name: sorted((sizes[index], us) for sizes, us in points[name].items() if belongs(*sizes)) for name in names}
        xs, ys = zip(*(point for line in series.values() for point in line))
        panel, ticks = Panel(LEFT + i * (WIDTH + GAP), xs, ys), sorted(set(xs))
        yield from panel.axes(ticks if len(ticks) < 9 else ticks[::2], f'{title}   ({rest}, I = H)')
        # Growth as expected, through our largest case, as far down as the panel goes.
        n, us = series[names[0]][-1]
        first = max(min(xs), n * (10 ** panel.y[0] / us) ** (1 / power))
        yield from panel.line([(first, us * (first / n) ** power), (n, us)], GREY, 'stroke-dasharray="6 5"')
        for (name, line), colour in reversed(list(zip(series.items(), COLOURS))):   # ours on top
            yield from panel.line(line, colour)
            yield from panel.dots(line, colour)


width, height = LEFT + 3 * WIDTH + 2 * GAP + 24, TOP + HEIGHT + 60
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">')
print(f'<style>text{{font:13px sans-serif;fill:{INK}}}.title{{font-size:14px}}.head{{font-size:17px;font-weight:bold}}</style>')
print(f'<rect width="{width}" height="{height}" fill="white"/>')
print('\n'.join(part for part in draw(read(sys.argv[1])) if part))
print('</svg>')
