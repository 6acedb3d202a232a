namespace NeuralCore.Tests;

/// <summary>Training that is interrupted and resumed, within one process; <see cref="WorkerTests"/> kills real ones.</summary>
public sealed class CheckpointTests : IDisposable
{
    const int Rows = 100;
    readonly string folder = Directory.CreateTempSubdirectory("neuralcore-checkpoint-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Saved => Path.Combine(folder, "sub", "training.safetensors");

    /// <summary>What may differ from the ordinary training of these tests.</summary>
    sealed record Setup(int EveryEpochs = 1, int EveryBatches = 1)
    {
        public TrainerOptions Options { get; init; } = new() { Epochs = 40, BatchSize = 16, Seed = 3, ClipNorm = 1 };
        public int Rows { get; init; } = CheckpointTests.Rows;
        public Optimizer Optimizer { get; init; } = new Adam(0.02f);
        public Loss Loss { get; init; } = new CrossEntropy();
        public ulong Seed { get; init; } = 1;
        public Callback[] More { get; init; } = [];
        public int Patience { get; init; } = 2;
    }

    static ArraySamples Samples(int rows, ulong stream)
    {
        float[] inputs = Draw.Floats(rows * 3, stream);
        return new ArraySamples(inputs, new Shape(3), [.. Enumerable.Range(0, rows).Select(row => inputs[row * 3] > 0.1f * (row % 7) ? 1f : 0f)]);
    }

    static Model Network(ulong seed, int hidden = 8) => new(new Sequential(new Dense(3, hidden), new BatchNorm1d(hidden), Activation.Tanh(), new Dropout(0.3f),
        new Dense(hidden, 2)), seed);

    /// <summary>Interrupts like a crash: no file is written any more.</summary>
    sealed class Crash(int epoch, int batch) : Callback
    {
        public int Batches { get; private set; }

        public override void OnBatchEnd(TrainingContext context)
        {
            Batches++;
            if (context.Epoch == epoch && context.Batch == batch) throw new TimeoutException();
        }
    }

    (float[] State, History History) Fit(Setup s, bool checkpoint = true, Crash? crash = null, Model? model = null)
    {
        model ??= Network(s.Seed);
        TrainerOptions options = checkpoint ? s.Options with { Checkpoint = new Checkpoint(Saved, s.EveryEpochs, s.EveryBatches) } : s.Options;
        History history = new Trainer(model, s.Loss, s.Optimizer, options).Fit(Samples(s.Rows, 1), Samples(40, 2),
            [new LearningRateScheduler((_, rate) => rate * 0.9f), new EarlyStopping(s.Patience, restoreBest: true), new ReduceLROnPlateau(patience: 1), .. s.More, crash ?? new Crash(0, 0)]);
        return ([.. model.State], history);
    }

    static void Same((float[] State, History History) expected, (float[] State, History History) actual)
    {
        Draw.SameBits(expected.State, actual.State, "weights and statistics");
        Assert.Equal(expected.History.ToJson(), actual.History.ToJson());
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(2, 3)]
    [InlineData(1, 100)]
    public void AnInterruptedTrainingEndsWithTheSameBits(int everyEpochs, int everyBatches)
    {
        var whole = Fit(new Setup(), checkpoint: false);
        Assert.NotNull(whole.History.StopReason);
        foreach ((int epoch, int batch) in ((int, int)[])[(1, 1), (1, 7), (2, 1), (3, 4), (3, 7), (4, 2)])
        {
            if (epoch > whole.History.Epochs.Count) continue;
            if (File.Exists(Saved)) File.Delete(Saved);
            Assert.Throws<TimeoutException>(() => Fit(new Setup(everyEpochs, everyBatches), crash: new Crash(epoch, batch)));
            Assert.Throws<TimeoutException>(() => Fit(new Setup(everyEpochs, everyBatches), crash: new Crash(epoch, batch)));   // once more
            Same(whole, Fit(new Setup(everyEpochs, everyBatches)));
        }
    }

    [Fact]
    public void StepsThatWereSavedAreNotTakenAgain()
    {
        Assert.Throws<TimeoutException>(() => Fit(new Setup(), crash: new Crash(2, 3)));
        var rest = new Crash(0, 0);
        History history = Fit(new Setup(), crash: rest).History;
        Assert.Equal(7 * history.Epochs.Count - (7 + 2), rest.Batches);   // the third step of the second epoch crashed before it was saved
    }

    [Fact]
    public void StartedAgainAfterTheEndItOnlyLoadsTheResult()
    {
        var whole = Fit(new Setup());
        byte[] file = File.ReadAllBytes(Saved);
        var none = new Crash(0, 0);
        Same(whole, Fit(new Setup(), crash: none));
        Assert.Equal(0, none.Batches);
        Assert.Equal(file, File.ReadAllBytes(Saved));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(Saved)!));
    }

    [Fact]
    public void MoreEpochsAndOtherThreadsGoOnWhereItEnded()
    {
        var setup = new Setup { Patience = 100 };
        var whole = Fit(setup, checkpoint: false);
        Fit(new Setup { Patience = 100, Options = setup.Options with { Epochs = 2 } });
        Same(whole, Fit(new Setup { Patience = 100, Options = setup.Options with { Threads = 2 } }));
    }

    [Fact]
    public void AStopInTheMiddleOfAnEpochStays()
    {
        var stop = new Setup(EveryBatches: 0) { More = [new StopAt(2, 3)] };
        var whole = Fit(stop);
        Assert.Equal("enough", whole.History.StopReason);
        var none = new Crash(0, 0);
        Same(whole, Fit(new Setup(EveryBatches: 0) { More = [new StopAt(2, 3)] }, crash: none));
        Assert.Equal(0, none.Batches);
    }

    sealed class StopAt(int epoch, int batch) : Callback
    {
        public override void OnBatchEnd(TrainingContext context)
        {
            if ((context.Epoch, context.Batch) == (epoch, batch)) context.Stop("enough");
        }
    }

    public static TheoryData<string> Differences => new(Others.Keys);

    static readonly Dictionary<string, Func<Setup>> Others = new()
    {
        ["rows 90"] = () => new Setup { Rows = 90 },
        ["batch size 20"] = () => new Setup { Options = new Setup().Options with { BatchSize = 20 } },
        ["accumulated batches 2"] = () => new Setup { Options = new Setup().Options with { AccumulatedBatches = 2 } },
        ["seed 4"] = () => new Setup { Options = new Setup().Options with { Seed = 4 } },
        ["clip norm 2"] = () => new Setup { Options = new Setup().Options with { ClipNorm = 2 } },
        ["clip value 1"] = () => new Setup { Options = new Setup().Options with { ClipValue = 1 } },
        ["loss JointLoss"] = () => new Setup { Loss = new JointLoss((new CrossEntropy(), 2, 1, 1f)) },
        ["optimizer Sgd"] = () => new Setup { Optimizer = new Sgd(0.02f) },
        ["lr of the optimizer 0.5"] = () => new Setup { Optimizer = new Adam(0.5f) },
        ["callbacks LearningRateScheduler, EarlyStopping, ReduceLROnPlateau, TerminateOnNaN, Crash"] = () => new Setup { More = [new TerminateOnNaN()] },
        ["weights to begin with"] = () => new Setup { Seed = 2 },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void TheFileOfAnotherTrainingIsRefusedAndStays(string difference)
    {
        Assert.Throws<TimeoutException>(() => Fit(new Setup(), crash: new Crash(2, 3)));
        byte[] file = File.ReadAllBytes(Saved);
        Setup other = Others[difference]();
        Model model = Network(other.Seed);
        float[] before = [.. model.State];
        string message = Assert.Throws<InvalidDataException>(() => Fit(other, model: model)).Message;
        Assert.StartsWith($"{Saved}: is the checkpoint of another training: expected {difference}", message, StringComparison.Ordinal);
        Assert.EndsWith("delete the file to train anew", message, StringComparison.Ordinal);
        Assert.Equal(file, File.ReadAllBytes(Saved));
        Draw.SameBits(before, model.State, "weights");
    }

    [Fact]
    public void ASecondTrainingIntoTheSameFileIsRefused()
    {
        Model model = Network(1);
        var setup = new Setup();
        Fit(setup, model: model);
        Assert.Contains("of another training", Assert.Throws<InvalidDataException>(() => Fit(setup, model: model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherFilesAreRefused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Saved)!);
        File.WriteAllText(Saved, "not a checkpoint");
        Assert.StartsWith(Saved, Assert.Throws<InvalidDataException>(() => Fit(new Setup())).Message, StringComparison.Ordinal);
        Network(1).Save(Saved);
        Assert.Contains("is not the checkpoint of a training", Assert.Throws<InvalidDataException>(() => Fit(new Setup())).Message, StringComparison.Ordinal);
    }

    /// <summary>A damaged file is refused with its name, or was damaged in a value only; nothing else is thrown.</summary>
    [Fact]
    public void DamagedFilesAreRefusedWithTheirName()
    {
        Assert.Throws<TimeoutException>(() => Fit(new Setup(), crash: new Crash(2, 3)));
        byte[] file = File.ReadAllBytes(Saved);
        int header = 8 + BitConverter.ToInt32(file, 0), refused = 0;
        var random = new CounterRandom(5, 0);
        for (int i = 0; i < 400; i++)
        {
            byte[] damaged = [.. file];
            if (i % 10 == 0) damaged = damaged[..random.NextInt32(file.Length)];
            else damaged[random.NextInt32(header)] = (byte)(i % 3 == 0 ? random.NextInt32(256) : '0' + random.NextInt32(10));
            File.WriteAllBytes(Saved, damaged);
            try { Fit(new Setup { Options = new Setup().Options with { Epochs = 2 } }); }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(Saved, e.Message, StringComparison.Ordinal);
                refused++;
            }
            catch (TrainingException) { }
        }
        Assert.True(refused > 200, $"{refused} of 400 files were refused");
    }

    [Fact]
    public void WhatAKilledProcessLeftIsClearedAway()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Saved)!);
        string left = $"{Saved}.{Guid.NewGuid():N}.tmp", other = $"{Saved}.0123.tmp";
        foreach (string path in (string[])[left, other]) File.WriteAllText(path, "half");
        Fit(new Setup());
        Assert.False(File.Exists(left));
        Assert.True(File.Exists(other));
    }
}
