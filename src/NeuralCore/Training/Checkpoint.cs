namespace NeuralCore;

/// <summary>
/// Where a <see cref="Trainer"/> saves a training while it runs, and resumes it from. One safetensors file, replaced as a whole, holds the
/// weights and buffers, which of them are frozen, the state of the optimizer and of the callbacks, the history, and the place: epoch, batch
/// and losses so far. Random numbers need no state, they are functions of seed, epoch and batch. A training that is killed at any moment
/// and started again ends with the weights and the history, bit for bit, that it would have had.
/// </summary>
/// <remarks>
/// If the file exists, <see cref="Trainer.Fit"/> goes on from it: started again after the end, it only loads the result. The file must be
/// of the same training: rows, options, loss, optimizer, callbacks (in kind and order) and the weights to begin with. Any difference is an
/// <see cref="InvalidDataException"/> and leaves the file as it is; delete it to train anew. Only <see cref="TrainerOptions.Epochs"/> and
/// <see cref="TrainerOptions.Threads"/> may change. With more epochs a training goes on that had reached its last one; one that a callback
/// stopped stays stopped. With fewer epochs than the file has, no other begins.
/// </remarks>
/// <param name="Path">The file.</param>
/// <param name="EveryEpochs">Saves after every so many epochs, beside the start and the end of the training; 0: only then.</param>
/// <param name="EveryBatches">Saves also after every so many steps of an epoch, but not after one that a callback stopped the
/// training at; 0: not within an epoch.</param>
public sealed record Checkpoint(string Path, int EveryEpochs = 1, int EveryBatches = 0);
