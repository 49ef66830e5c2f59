#!/usr/bin/python3
"""Trains a short EtinyNet (networks/etinynet-shapes.yaml) on the drawn shapes: in floating point, then with 4-bit weights by DoReFa and by ASQ.

    apt-get install python3-torch python3-numpy
    make && workloads/models/train.py --width 0.25

Writes shapes-WIDTH-{float,dorefa,asq}.params (MXNet's format; the 4-bit ones hold the quantised weights, i/7, and ASQ's
learned lambda per layer) and shapes-WIDTH.log beside this file. Formulas 4 to 7 of the paper; docs/quantisation.md says
how they are read. Seeds are fixed; the number of threads is 1, so that a machine repeats itself.
"""
import argparse
import os
import struct
import subprocess
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
ETINYSIM = os.path.join(HERE, '..', '..', 'build', 'etinysim')
SIZE, CLASSES, SEED, HELD_OUT = 64, 10, 1, 1000000
LEVELS = 7  # 2^(4-1) - 1
PIXEL = 64  # the stem trains on inputs of about unit variance; its saved weights are divided by this


def images(first, count):
    """Tensor of images (pixel - 128) and labels, drawn by the project's generator."""
    path = os.path.join(HERE, 'shapes-%d.raw.tmp' % os.getpid())
    subprocess.check_call([ETINYSIM, 'shapes', '--seed', str(SEED), '--first', str(first), '--count', str(count),
                           '--size', str(SIZE), '--raw', path])
    raw = np.fromfile(path, dtype=np.int8).reshape(count, SIZE * SIZE * 3 + 1)
    os.unlink(path)
    x = raw[:, 1:].reshape(count, SIZE, SIZE, 3).transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(x)), torch.from_numpy(raw[:, 0].astype(np.int64))


class Round(torch.autograd.Function):
    """Rounding whose gradient is that of the identity."""
    @staticmethod
    def forward(ctx, x):
        return torch.round(x)

    @staticmethod
    def backward(ctx, g):
        return g


class Weighted(nn.Module):
    """A convolution (or the classifier, 1x1) with the weights' quantiser in front."""
    def __init__(self, name, cin, cout, k=1, stride=1, groups=1, bias=False):
        super().__init__()
        self.name, self.stride, self.pad, self.groups, self.mode = name, stride, k // 2, groups, 'float'
        fan_in = cin // groups * k * k
        self.weight = nn.Parameter(torch.randn(cout, cin // groups, k, k) * (2 / fan_in) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(cout)) if bias else None
        self.lam = nn.Parameter(torch.tensor(2.0))

    def quantised(self):
        w = self.weight
        if self.mode == 'float':
            return w
        if self.mode == 'asq':
            w = w / (self.lam * torch.sqrt(w.var(unbiased=False) + 1e-5))
        w = torch.tanh(w)
        w = w / w.abs().max()
        return Round.apply(w * LEVELS) / LEVELS

    def forward(self, x):
        return F.conv2d(x, self.quantised(), self.bias, self.stride, self.pad, 1, self.groups)


class Block(nn.Module):
    """dw - BN - pw - ReLU - BN - dw - ReLU - BN, with two shortcuts when dense."""
    def __init__(self, name, cin, cout, stride, dense):
        super().__init__()
        self.dw1 = Weighted(name + '.out1.0', cin, cin, 3, stride, cin)
        self.pw = Weighted(name + '.out1.2', cin, cout)
        self.dw2 = Weighted(name + '.out2.0', cout, cout, 3, 1, cout)
        self.bn1, self.bn2, self.bn3 = nn.BatchNorm2d(cin), nn.BatchNorm2d(cout), nn.BatchNorm2d(cout)
        self.bn_names = [name + '.out1.1', name + '.out1.4', name + '.out2.2']
        self.first, self.second = dense and stride == 1 and cin == cout, dense

    def forward(self, x):
        y = self.bn2(F.relu(self.pw(self.bn1(self.dw1(x)))))
        y = y + x if self.first else y
        z = self.bn3(F.relu(self.dw2(y)))
        return z + y if self.second else z


class EtinyNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        c = lambda n: max(1, int(n * width))
        self.stem, self.bn = Weighted('features1.0', 3, c(32), 3, 2), nn.BatchNorm2d(c(32))
        blocks, cin = [], c(32)
        for stage, first, outs, stride, dense in (('features1', 4, (32, 32), 1, False), ('features1', 6, (128, 128), 2, False),
                                                  ('features2', 0, (192, 192), 2, True), ('features3', 0, (256,), 2, True)):
            for i, out in enumerate(outs):
                blocks.append(Block('%s.%d' % (stage, first + i), cin, c(out), stride if i == 0 else 1, dense))
                cin = c(out)
        self.blocks = nn.Sequential(*blocks)
        self.fc = Weighted('output.0', cin, CLASSES, bias=True)

    def forward(self, x):
        x = F.max_pool2d(self.bn(F.relu(self.stem(x / PIXEL))), 2)
        return self.fc(self.blocks(x).mean((2, 3), keepdim=True)).flatten(1)

    def weighted(self):
        return [m for m in self.modules() if isinstance(m, Weighted)]


def accuracy(net, x, y):
    net.eval()
    with torch.no_grad():
        hits = sum((net(x[i:i + 250].float()).argmax(1) == y[i:i + 250]).sum().item() for i in range(0, len(y), 250))
    net.train()
    return hits / len(y)


def train(net, x, y, epochs, rate, held, log, what):
    opt = torch.optim.Adam(net.parameters(), rate, weight_decay=1e-5)
    batch, steps = 64, (len(y) + 63) // 64
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, rate, epochs * steps, pct_start=0.15)
    start = time.time()
    for epoch in range(epochs):
        order, loss_sum = torch.randperm(len(y)), 0.0
        for i in range(0, len(y), batch):
            pick = order[i:i + batch]
            xb = x[pick].float()
            if torch.rand(()) < 0.5:
                xb = xb.flip(3)
            if torch.rand(()) < 0.5:
                xb = xb.transpose(2, 3)
            loss = F.cross_entropy(net(xb), y[pick])
            opt.zero_grad()
            loss.backward()
            opt.step()
            sched.step()
            loss_sum += loss.item() * len(pick)
        if epoch % 2 == 1 or epoch == epochs - 1:
            log('%-6s epoch %2d loss %.4f held-out %.2f %%  (%d s)' % (
                what, epoch + 1, loss_sum / len(y), 100 * accuracy(net, *held), time.time() - start))


def save(net, path):
    """MXNet's list of arrays and names; weights as the network uses them."""
    arrays = []

    def add(name, t):
        arrays.append((name, t.detach().numpy().astype('<f4')))

    def norm(name, m):
        for suffix, t in (('gamma', m.weight), ('beta', m.bias), ('running_mean', m.running_mean), ('running_var', m.running_var)):
            add(name + '.' + suffix, t)

    for m in net.weighted():
        add(m.name + '.weight', m.quantised() / (PIXEL if m is net.stem else 1))
        if m.bias is not None:
            add(m.name + '.bias', m.bias)
        if m.mode == 'asq':
            add(m.name + '.lambda', m.lam.reshape(1))
    norm('features1.2', net.bn)
    for b in net.blocks:
        for name, m in zip(b.bn_names, (b.bn1, b.bn2, b.bn3)):
            norm(name, m)
    with open(path, 'wb') as f:
        f.write(struct.pack('<QQQ', 0x112, 0, len(arrays)))
        for _, a in arrays:
            f.write(struct.pack('<IiI', 0xF993FAC9, 0, a.ndim) + struct.pack('<%dq' % a.ndim, *a.shape))
            f.write(struct.pack('<iii', 1, 0, 0) + a.tobytes())
        f.write(struct.pack('<Q', len(arrays)))
        for name, _ in arrays:
            f.write(struct.pack('<Q', len(name)) + name.encode())


def linear_baseline(x, y, held):
    """What a linear classifier on the pixels reaches: the task is meant to defeat it."""
    torch.manual_seed(SEED)
    net = nn.Linear(SIZE * SIZE * 3, CLASSES)
    opt = torch.optim.Adam(net.parameters(), 1e-4)
    for _ in range(3):
        for i in range(0, len(y), 64):
            opt.zero_grad()
            F.cross_entropy(net(x[i:i + 64].flatten(1).float() / 64), y[i:i + 64]).backward()
            opt.step()
    with torch.no_grad():
        return (net(held[0].flatten(1).float() / 64).argmax(1) == held[1]).float().mean().item()


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--width', type=float, default=0.25)
    p.add_argument('--images', type=int, default=12000)
    p.add_argument('--epochs', type=int, default=20)
    p.add_argument('--fine', type=int, default=5, help='epochs of each 4-bit training')
    a = p.parse_args()
    torch.set_num_threads(1)
    stem = os.path.join(HERE, 'shapes-%g' % a.width)
    out = open(stem + '.log', 'w')

    def log(line):
        print(line, flush=True)
        out.write(line + '\n')
        out.flush()

    x, y = images(0, a.images)
    held = images(HELD_OUT, 1000)
    log('width %g, torch %s, seed %d, %d training images, 1000 held out' % (a.width, torch.__version__, SEED, a.images))
    log('linear classifier: held-out %.2f %%' % (100 * linear_baseline(x, y, held)))
    torch.manual_seed(SEED)
    net = EtinyNet(a.width)
    train(net, x, y, a.epochs, 4e-3, held, log, 'float')
    save(net, stem + '-float.params')
    trained = {k: v.clone() for k, v in net.state_dict().items()}
    for mode in ('dorefa', 'asq'):
        torch.manual_seed(SEED)
        net.load_state_dict(trained)
        for m in net.weighted():
            m.mode = mode
        train(net, x, y, a.fine, 1e-3, held, log, mode)
        if mode == 'asq':
            log('asq    lambda ' + ' '.join('%s=%.3f' % (m.name, m.lam.item()) for m in net.weighted()))
        save(net, '%s-%s.params' % (stem, mode))


if __name__ == '__main__':
    main()
