#:project ../src/NeuralCore/NeuralCore.csproj

// The training loop by hand, without Trainer: the same weights to the last bit.    dotnet run samples/custom-loop.cs
using NeuralCore;

// 1,000 random sequences of 8 steps; the class is 1 where the first of the four features rises from start to end.
var random = new CounterRandom(seed: 1, stream: 0);
float[] inputs = new float[1_000 * 8 * 4], targets = new float[1_000];
foreach (ref float value in inputs.AsSpan()) value = (float)random.NextNormal();
for (int i = 0; i < targets.Length; i++) targets[i] = inputs[i * 32 + 28] > inputs[i * 32] ? 1 : 0;
var samples = new ArraySamples(inputs, new Shape(8, 4), targets);
const int Epochs = 5, BatchSize = 25;

Model Network() => new(new Sequential(new Lstm(4, 16, lastStep: true), new Dense(16, 2)), seed: 1);

Model model = Network();
(Loss loss, Optimizer optimizer) = (new CrossEntropy(), new Adam(1e-2f));
Tape tape = model.Tape();
int[] order = [.. Enumerable.Range(0, samples.Count)];
for (int epoch = 1; epoch <= Epochs; epoch++)
{
    double sum = 0;
    new CounterRandom(seed: 2, stream: (ulong)epoch).Shuffle<int>(order);
    foreach (int[] rows in order.Chunk(BatchSize))
    {
        Tensor x = new(rows.Length, 8, 4), t = new(rows.Length, 1);
        samples.Copy(rows, x.Span, t.Span);

        tape.Begin(training: true);                                            // optimizer.zero_grad()
        tape.Gradients.Clear();
        Tensor y = model.Root.Forward(x, tape), dY = tape.Tensor(y.Shape);     // y = model(x)
        sum += loss.Sum(y, t, 1 / loss.Weight(t), dY);                         // loss = criterion(y, t)
        model.Root.Backward(dY, tape);                                         // loss.backward()
        GradientClipping.ByNorm(tape.Gradients, 1);                            // clip_grad_norm_(model.parameters(), 1)
        optimizer.Step(model, tape.Gradients);                                 // optimizer.step()
        tape.Commit();                                                         // running statistics, where a layer has them
    }
    Console.WriteLine($"epoch {epoch}: loss {sum / samples.Count:F4}");
}

// The same with Trainer, which also shares batches among threads, validates, calls back, saves and resumes.
Model twin = Network();
new Trainer(twin, new CrossEntropy(), new Adam(1e-2f),
    new TrainerOptions { Epochs = Epochs, BatchSize = BatchSize, ClipNorm = 1, Seed = 2 }).Fit(samples);
bool same = model.Values.SequenceEqual(twin.Values);
Console.WriteLine($"the weights of the loop and of Trainer are {(same ? "the same" : "different")}");
return same ? 0 : 1;
