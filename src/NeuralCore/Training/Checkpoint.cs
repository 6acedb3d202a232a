namespace NeuralCore;

/// <summary>
/// Where a <see cref="Trainer"/> saves a training while it runs, and resumes it from. One safetensors file, replaced as a whole, holds the
/// weights and buffers, which of them are frozen, the state of the optimizer and of the callbacks, the history, and the place: epoch, batch
/// and losses so far. Random numbers need no state, they are functions of seed, epoch and batch. A training that is killed at any moment
/// and started again ends with the weights and the history, bit for bit, that it would have had.
/// </summary>
/// <remarks>
/// If the file exists, <see cref="Trainer.Fit"/> goes on from it: started again after the end, it only loads the result. The file must be
/// of the same training; a difference is an <see cref="InvalidDataException"/> that names it and leaves the file as it is: delete it to
/// train anew. <see cref="TrainerOptions.Epochs"/> and <see cref="TrainerOptions.Threads"/> may change. With more epochs a training goes on
/// that had reached its last one; one that a callback stopped stays stopped. With fewer epochs than the file has, no other begins.
/// <para>Compared are the options that decide the bits; of the training and of the validation rows their number, all targets, weights and
/// lengths, and the inputs of 64 rows from the first to the last; the layers with their arguments (if all of them describe themselves, see
/// <see cref="Layer"/>), the weights to begin with and what is frozen; the kinds of loss, optimizer and callbacks, the latter in order, and
/// their <see cref="Loss.Settings"/>, <see cref="Optimizer.Settings"/>, the numbers of <see cref="Optimizer.State"/> to begin with, and
/// <see cref="Callback.Settings"/>. Not compared, because they cannot be told cheaply or at all: other rows' inputs, the values of a
/// schedule, functions such as a monitor, the names of files, and what a loss, optimizer or callback of your own does not tell in its
/// settings.</para>
/// </remarks>
/// <param name="Path">The file.</param>
/// <param name="EveryEpochs">Saves after every so many epochs, beside the start and the end of the training; 0: only then.</param>
/// <param name="EveryBatches">Saves also after every so many steps of an epoch, but not after one that a callback stopped the
/// training at; 0: not within an epoch.</param>
public sealed record Checkpoint(string Path, int EveryEpochs = 1, int EveryBatches = 0);
