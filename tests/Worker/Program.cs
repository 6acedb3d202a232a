using System.Globalization;
using NeuralCore.Worker;

// A process of its own for tests that kill it or run it under other instruction sets; prints what the test compares.
//   resumable FOLDER                 trains with a checkpoint after each step, goes on from one, and prints a line for each step
//   bits NETWORK --threads N         trains a network for 50 steps
//   log FILE WRITER LINES BYTES      appends lines to a log whose files have so many bytes at most, once it reads a line
switch (args)
{
    case ["resumable", string folder]: Resumable.Train(folder); return 0;
    case ["bits", string network, "--threads", string threads]:
        Bits.Train(network, Number(threads));
        return 0;
    case ["log", string file, string writer, string lines, string bytes]:
        LogLines.Write(file, Number(writer), Number(lines), Number(bytes));
        return 0;
    default:
        Console.Error.WriteLine("worker: expected 'resumable FOLDER', 'bits NETWORK --threads N' or 'log FILE WRITER LINES BYTES', "
            + $"got '{string.Join(' ', args)}'");
        return 2;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
