using System.Globalization;
using NeuralCore.Worker;

// A process of its own for tests that kill it or run it under other instruction sets; prints what the test compares.
//   resumable FOLDER                 trains with a checkpoint after each step, goes on from one, and prints a line for each step
//   bits NETWORK --threads N         trains a network for 50 steps
switch (args)
{
    case ["resumable", string folder]: Resumable.Train(folder); return 0;
    case ["bits", string network, "--threads", string threads]: Bits.Train(network, int.Parse(threads, CultureInfo.InvariantCulture)); return 0;
    default:
        Console.Error.WriteLine($"worker: expected 'resumable FOLDER' or 'bits NETWORK --threads N', got '{string.Join(' ', args)}'");
        return 2;
}
