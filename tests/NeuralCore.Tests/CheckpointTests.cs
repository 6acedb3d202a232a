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
        public Optimizer Optimizer { get; init; } = new Adam(0.02f);
        public Loss Loss { get; init; } = new CrossEntropy();
        public ulong Seed { get; init; } = 1;
        public Callback[] More { get; init; } = [];
        public int Patience { get; init; } = 2;
        public Func<ArraySamples> Training { get; init; } = () => Samples(CheckpointTests.Rows, 1);
        public Func<ArraySamples> Validation { get; init; } = () => Samples(40, 2);
        public Func<ulong, Model> Network { get; init; } = seed => CheckpointTests.Network(seed);
    }

    static ArraySamples Samples(int rows, ulong stream)
    {
        float[] inputs = Draw.Floats(rows * 3, stream);
        return new ArraySamples(inputs, new Shape(3),
            [.. Enumerable.Range(0, rows).Select(row => inputs[row * 3] > 0.1f * (row % 7) ? 1f : 0f)]);
    }

    /// <summary>The ordinary rows, of which one value is another.</summary>
    static ArraySamples Changed(int rows, ulong stream, int input = -1, int target = -1)
    {
        ArraySamples samples = Samples(rows, stream);
        float[] inputs = new float[rows * 3], targets = new float[rows];
        samples.Copy([.. Enumerable.Range(0, rows)], inputs, targets);
        if (input >= 0) inputs[input] += 1;
        if (target >= 0) targets[target] = 1 - targets[target];
        return new ArraySamples(inputs, new Shape(3), targets);
    }

    static Model Network(ulong seed, float dropout = 0.3f) => new(new Sequential(new Dense(3, 8), new BatchNorm1d(8), Activation.Tanh(),
        new Dropout(dropout), new Dense(8, 2)), seed);

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
        model ??= s.Network(s.Seed);
        TrainerOptions options = checkpoint ? s.Options with { Checkpoint = new Checkpoint(Saved, s.EveryEpochs, s.EveryBatches) }
            : s.Options;
        History history = new Trainer(model, s.Loss, s.Optimizer, options).Fit(s.Training(), s.Validation(),
            [new LearningRateScheduler((_, rate) => rate * 0.9f), new EarlyStopping(s.Patience, restoreBest: true),
                new ReduceLROnPlateau(patience: 1), .. s.More, crash ?? new Crash(0, 0)]);
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

    /// <summary>Epochs that begin and end within a pass, too.</summary>
    [Fact]
    public void AnInterruptedTrainingOfShortEpochsEndsWithTheSameBits()
    {
        Setup Short() => new() { Options = new Setup().Options with { StepsPerEpoch = 5 } };
        var whole = Fit(Short(), checkpoint: false);
        Assert.True(whole.History.Epochs.Count > 3);
        foreach ((int epoch, int batch) in ((int, int)[])[(1, 1), (2, 2), (2, 3), (3, 5), (4, 1)])
        {
            if (File.Exists(Saved)) File.Delete(Saved);
            Assert.Throws<TimeoutException>(() => Fit(Short(), crash: new Crash(epoch, batch)));
            Same(whole, Fit(Short()));
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

    /// <summary>
    /// Ends an epoch like a crash, after its validation and the callbacks before it, and keeps the loss of its last step.
    /// </summary>
    sealed class CrashAfter(int epoch) : Callback
    {
        public List<double> Losses { get; } = [];

        public override void OnEpochEnd(TrainingContext context)
        {
            Losses.Add(context.BatchLoss);
            if (context.Epoch == epoch) throw new TimeoutException();
        }
    }

    [Fact]
    public void AStopAtTheLastStepOfAnEpochStillEndsTheEpoch()
    {
        var whole = Fit(new Setup { More = [new StopAt(2, 7), new CrashAfter(0)] }, checkpoint: false);
        Assert.Equal(2, whole.History.Epochs.Count);
        Assert.Throws<TimeoutException>(() => Fit(new Setup { More = [new StopAt(2, 7), new CrashAfter(2)] }));
        Same(whole, Fit(new Setup { More = [new StopAt(2, 7), new CrashAfter(0)] }));
    }

    [Fact]
    public void TheLossOfTheLastStepIsKnownAgain()
    {
        CrashAfter crash = new(2), none = new(0);
        Assert.Throws<TimeoutException>(() => Fit(new Setup { More = [crash] }));
        Fit(new Setup { More = [none] });
        Assert.Equal(crash.Losses[1], none.Losses[0]);
    }

    /// <summary>Unfreezes more of the model from epoch to epoch.</summary>
    sealed class Thaw : Callback
    {
        public override void OnEpochBegin(TrainingContext context)
        {
            if (context.Epoch == 2) context.Model.Unfreeze("0.*");
            if (context.Epoch == 3) context.Model.Unfreeze("1.running_*");
            if (context.Epoch == 4) context.Model.Freeze("4.*");
        }
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 5)]
    [InlineData(3, 5)]
    [InlineData(4, 5)]
    public void WhatACallbackFreezesIsResumed(int epoch, int batch)
    {
        var whole = Fit(Setup(), checkpoint: false, model: Frozen());
        Assert.Equal(6, whole.History.Epochs.Count);
        Assert.Throws<TimeoutException>(() => Fit(Setup(), crash: new Crash(epoch, batch), model: Frozen()));
        Model model = Frozen();
        Same(whole, Fit(Setup(), model: model));
        Assert.Equal(["4.weight", "4.bias"], model.Parameters.Concat(model.Buffers).Where(p => p.Frozen).Select(p => p.Name));

        static Setup Setup() => new() { Patience = 100, More = [new Thaw()], Options = new Setup().Options with { Epochs = 6 } };

        static Model Frozen()
        {
            Model model = Network(1);
            model.Freeze("0.*");
            model.Freeze("1.running_*");
            return model;
        }
    }

    [Fact]
    public void TheLogThatIsContinuedHasEachLineOnceWhereverTheKill()
    {
        string log = Path.Combine(folder, "log.csv");
        File.WriteAllLines(log, ["epoch,training_loss,validation_loss,learning_rate", "1,2,3,4"]);
        Setup With(int crash) => new(EveryBatches: 0)
        {
            Patience = 100, More = [new CsvLogger(log, append: true), new CrashAfter(crash)],
            Options = new Setup().Options with { Epochs = 3 }
        };
        Assert.Throws<TimeoutException>(() => Fit(With(1)));   // before the first epoch was saved
        Assert.Throws<TimeoutException>(() => Fit(With(2)));
        Fit(With(0));
        Assert.Equal(["epoch", "1", "1", "2", "3"], File.ReadAllLines(log).Select(line => line.Split(',')[0]));
    }

    [Fact]
    public void FewerEpochsThanTheFileHasBeginNoOther()
    {
        var setup = new Setup { Patience = 100, Options = new Setup().Options with { Epochs = 3 } };
        var whole = Fit(setup);
        Same(whole, Fit(new Setup { Patience = 100, Options = setup.Options with { Epochs = 1 } }));
    }

    /// <summary>A callback whose state fits or does not.</summary>
    sealed class Picky(bool refuses) : Callback
    {
        public override CallbackState? State
        {
            get => new(("number", 1));
            set
            {
                if (refuses) throw new ArgumentException("no such state");
            }
        }
    }

    [Fact]
    public void AfterAStateThatDoesNotFitNothingIsHalfLoaded()
    {
        Assert.Throws<TimeoutException>(() => Fit(new Setup { More = [new Picky(false)] }, crash: new Crash(3, 4)));
        Model model = Network(1);
        float[] before = [.. model.State];
        var optimizer = new Adam(0.02f);
        string message = Assert.Throws<InvalidDataException>(() => Fit(new Setup { More = [new Picky(true)], Optimizer = optimizer },
            model: model)).Message;
        Assert.Equal($"{Saved}: cannot be resumed: no such state", message);
        Draw.SameBits(before, model.State, "weights");
        Assert.Equal(0, optimizer.State.Numbers["step"]);
        Assert.Empty(optimizer.State.Arrays);
    }

    public static TheoryData<string> Differences => new(Others.Keys);

    static readonly Dictionary<string, Func<Setup>> Others = new()
    {
        ["rows 90"] = () => new Setup { Training = () => Samples(90, 1) },
        ["batch size 20"] = () => new Setup { Options = new Setup().Options with { BatchSize = 20 } },
        ["accumulated batches 2"] = () => new Setup { Options = new Setup().Options with { AccumulatedBatches = 2 } },
        ["steps per epoch 5"] = () => new Setup { Options = new Setup().Options with { StepsPerEpoch = 5 } },
        ["seed 4"] = () => new Setup { Options = new Setup().Options with { Seed = 4 } },
        ["clip norm 2"] = () => new Setup { Options = new Setup().Options with { ClipNorm = 2 } },
        ["clip value 1"] = () => new Setup { Options = new Setup().Options with { ClipValue = 1 } },
        ["loss JointLoss"] = () => new Setup { Loss = new JointLoss((new CrossEntropy(), 2, 1, 1f)) },
        ["optimizer Sgd"] = () => new Setup { Optimizer = new Sgd(0.02f) },
        ["lr of the optimizer 0.5"] = () => new Setup { Optimizer = new Adam(0.5f) },
        ["callbacks LearningRateScheduler, EarlyStopping, ReduceLROnPlateau, TerminateOnNaN, Crash"] =
            () => new Setup { More = [new TerminateOnNaN()] },
        ["weights to begin with"] = () => new Setup { Seed = 2 },
        ["layers"] = () => new Setup { Network = seed => Network(seed, dropout: 0.25f) },
        ["training rows' values"] = () => new Setup { Training = () => Changed(Rows, 1, target: 57) },
        ["training rows' values "] = () => new Setup { Training = () => Changed(Rows, 1, input: 3 * Rows - 1) },
        ["validation rows' values"] = () => new Setup { Validation = () => Changed(40, 2, target: 39) },
        ["beta2 of the optimizer 0.99"] = () => new Setup { Optimizer = new Adam(0.02f, beta2: 0.99) },
        ["momentum of the optimizer 0.8"] = () => new Setup { Optimizer = new Adam(0.02f, beta1: 0.8) },
        ["weight decay of the optimizer 0.1"] = () => new Setup { Optimizer = new Adam(0.02f, weightDecay: 0.1) },
        ["maximize of the optimizer 1"] = () => new Setup { Optimizer = new Adam(0.02f) { Maximize = true } },
        ["rate factor of group 0, 0.*, of the optimizer 0.5"] =
            () => new Setup { Optimizer = new Adam(0.02f) { Groups = [new("0.*") { RateFactor = 0.5f }] } },
        ["label smoothing of the loss 0.1"] = () => new Setup { Loss = new CrossEntropy(labelSmoothing: 0.1) },
        ["weight 0 of the loss 1"] = () => new Setup { Loss = new CrossEntropy([1, 2]) },
        ["patience of callback 1 (EarlyStopping) 3"] = () => new Setup { Patience = 3 },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void TheFileOfAnotherTrainingIsRefusedAndStays(string difference)
    {
        Assert.Throws<TimeoutException>(() => Fit(new Setup(), crash: new Crash(2, 3)));
        byte[] file = File.ReadAllBytes(Saved);
        Setup other = Others[difference]();
        Model model = other.Network(other.Seed);
        float[] before = [.. model.State];
        string message = Assert.Throws<InvalidDataException>(() => Fit(other, model: model)).Message;
        Assert.StartsWith($"{Saved}: is the checkpoint of another training: expected {difference.TrimEnd()}", message,
            StringComparison.Ordinal);
        Assert.EndsWith("delete the file to train anew", message, StringComparison.Ordinal);
        Assert.Equal(file, File.ReadAllBytes(Saved));
        Draw.SameBits(before, model.State, "weights");
    }

    /// <summary>Of weights and lengths too, and what the file has beyond this training.</summary>
    [Fact]
    public void WeightsLengthsAndSettingsThatAreNoMoreAreCompared()
    {
        float[] inputs = Draw.Floats(10 * 4 * 3, 1), targets = new float[10], weights = [.. Enumerable.Repeat(1f, 10)];
        int[] lengths = [.. Enumerable.Repeat(4, 10)];
        void Train(float weight, int length, Loss loss)
        {
            (weights[7], lengths[7]) = (weight, length);
            var model = new Model(new Sequential(new TakeLast(), new Dense(3, 2)), 1);
            var options = new TrainerOptions { Epochs = 1, Checkpoint = new Checkpoint(Saved) };
            new Trainer(model, loss, new Sgd(0.1f), options).Fit(new ArraySamples(inputs, new Shape(4, 3), targets, 1, weights, lengths));
        }
        string Refused(Action train) => Assert.Throws<InvalidDataException>(train).Message;
        Train(1, 4, new CrossEntropy([1, 2]));
        Train(1, 4, new CrossEntropy([1, 2]));
        Assert.Contains("expected training rows' values", Refused(() => Train(2, 4, new CrossEntropy([1, 2]))), StringComparison.Ordinal);
        Assert.Contains("expected training rows' values", Refused(() => Train(1, 3, new CrossEntropy([1, 2]))), StringComparison.Ordinal);
        Assert.Contains("expected weight 0 of the loss nowhere, got 1;", Refused(() => Train(1, 4, new CrossEntropy())),
            StringComparison.Ordinal);
    }

    public static TheoryData<string> Kinds => new(Settings.Keys);

    static readonly Dictionary<string, (Func<IEnumerable<(string Name, double Value)>> Of, string Expected)> Settings = new()
    {
        ["Sgd"] = (() => new Sgd(1, 0.9, 0, 0.5, nesterov: true).Settings, "weight decay 0.5, maximize 0, dampening 0, nesterov 1"),
        ["Adam"] = (() => new Adam(epsilon: 2, amsgrad: true).Settings, "weight decay 0, maximize 0, beta2 0.999, epsilon 2, amsgrad 1"),
        ["NAdam"] = (() => new NAdam(momentumDecay: 0).Settings, "weight decay 0, maximize 0, beta2 0.999, epsilon 1E-08, "
            + "momentum decay per step 1"),
        ["RAdam"] = (() => new RAdam(beta2: 0.5).Settings, "weight decay 0, maximize 0, beta2 0.5, epsilon 1E-08"),
        ["Adamax"] = (() => new Adamax(beta2: 0.5).Settings, "weight decay 0, maximize 0, beta2 0.5, epsilon 1E-08"),
        ["Adadelta"] = (() => new Adadelta(rho: 0.5).Settings, "weight decay 0, maximize 0, rho 0.5, epsilon 1E-06"),
        ["Adagrad"] = (() => new Adagrad(1, 2, 3, 4, 5).Settings, "weight decay 3, maximize 0, learning rate decay 2, epsilon 5, "
            + "initial accumulator 4"),
        ["RMSprop"] = (() => new RMSprop(1, 0.5, 2, centered: true).Settings, "weight decay 0, maximize 0, alpha 0.5, epsilon 2, "
            + "centered 1"),
        ["BinaryCrossEntropy"] = (() => new BinaryCrossEntropy([2, 3]).Settings, "positive weight 0 2, positive weight 1 3, "
            + "element weights 0"),
        ["Focal"] = (() => new Focal(3, [2]).Settings, "ignore index -100, weight 0 2, gamma 3"),
        ["Huber"] = (() => new Huber(3).Settings, "delta 3"),
        ["SmoothL1"] = (() => new SmoothL1(3).Settings, "beta 3"),
        ["Pinball"] = (() => new Pinball(0.25, 0.75).Settings, "quantile 0 0.25, quantile 1 0.75"),
        ["Mse"] = (() => new Mse().Settings, ""),
        ["JointLoss"] = (() => new JointLoss((new Huber(3), 1, 1, 0.5f), (new Mse(), 2, 2, 1)).Settings, "columns of part 0, Huber, 1, "
            + "target columns of part 0 1, factor of part 0 0.5, delta of part 0 3, columns of part 1, Mse, 2, target columns of part 1 2, "
            + "factor of part 1 1"),
        ["ReduceLROnPlateau"] = (() => new ReduceLROnPlateau(0.5, 4, 1, 2, 3).Settings, "factor 0.5, patience 4, min delta 1, cooldown 2, "
            + "min rate 3"),
        ["LearningRateSchedule"] = (() => new LearningRateSchedule(Schedules.Step(1), perBatch: true).Settings, "per batch 1"),
        ["EarlyStopping"] = (() => new EarlyStopping(1, 2, true, null, 3).Settings, "patience 1, min delta 2, restore best 1, "
            + "start from epoch 3"),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void SettingsAreThoseOfTheConstructor(string kind)
        => Assert.Equal(Settings[kind].Expected,
            string.Join(", ", Settings[kind].Of().Select(s => FormattableString.Invariant($"{s.Name} {s.Value}"))));

    [Fact]
    public void ASecondTrainingIntoTheSameFileIsRefused()
    {
        Model model = Network(1);
        var setup = new Setup();
        Fit(setup, model: model);
        Assert.Contains("of another training", Assert.Throws<InvalidDataException>(() => Fit(setup, model: model)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OtherFilesAreRefused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Saved)!);
        File.WriteAllText(Saved, "not a checkpoint");
        Assert.StartsWith(Saved, Assert.Throws<InvalidDataException>(() => Fit(new Setup())).Message, StringComparison.Ordinal);
        Network(1).Save(Saved);
        Assert.Contains("is not the checkpoint of a training", Assert.Throws<InvalidDataException>(() => Fit(new Setup())).Message,
            StringComparison.Ordinal);
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
    public void OptimizerArraysOfAnotherLengthAreRefusedBeforeAnythingIsTaken()
    {
        Assert.Throws<TimeoutException>(() => Fit(new Setup(), crash: new Crash(2, 3)));
        Safetensors file = Safetensors.Read(Saved);
        Safetensors.Write(Saved, [.. file.Names.Select(name => name.StartsWith("optimizer.", StringComparison.Ordinal)
            ? (name, new Shape(7), new float[7]) : (name, file.Shape(name), file.Floats(name)))], file.Metadata);
        var setup = new Setup();
        Model model = setup.Network(setup.Seed);
        float[] before = [.. model.State];
        var error = Assert.Throws<InvalidDataException>(() => Fit(setup, model: model));
        Assert.Matches("expected [0-9]+ values of [a-z_]+ of the optimizer, got 7", error.Message);
        Draw.SameBits(before, model.State, "weights");
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
