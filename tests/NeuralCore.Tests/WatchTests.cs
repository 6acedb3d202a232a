namespace NeuralCore.Tests;

/// <summary>What <see cref="Tape.Watch"/> is shown is what the layer computed.</summary>
public class WatchTests
{
    const int I = 5, H = 19, T = 7;

    static Tensor Input(int rows, int seed = 1)
    {
        var x = new Tensor(rows, T, I);
        var random = new CounterRandom((ulong)seed, 5);
        foreach (ref float value in x.Span) value = (float)random.NextNormal();
        return x;
    }

    static Dictionary<string, float[]> Look(Model model, Tensor x)
    {
        var seen = new Dictionary<string, float[]>();
        Tape tape = model.Tape();
        tape.Watch = (layer, what, values) => seen.Add($"{layer.Path}|{what}|{values.Shape}", values.Span.ToArray());
        float[] watched = model.Predict(x, tape).Span.ToArray();
        Assert.Equal(model.Predict(x, model.Tape()).Span.ToArray(), watched);
        return seen;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(48)]
    public void The_gates_of_an_lstm_give_its_last_state(int rows)
    {
        var lstm = new Lstm(I, H, layers: 2, bidirectional: true);
        var model = new Model(new Sequential(("rnn", lstm), ("head", new Dense(2 * H, 3))), 3);
        Tensor x = Input(rows);
        Dictionary<string, float[]> seen = Look(model, x);
        string[] layers = ["_l0", "_l0_reverse", "_l1", "_l1_reverse"];
        Assert.Equal([.. layers.Select(l => $"rnn|gates{l}|({rows}, 4, {H})"), $"rnn|h|(4, {rows}, {H})"], seen.Keys);
        Tape tape = model.Tape();
        tape.Begin(training: false);
        lstm.Forward(x, default, tape, out LstmState state);
        for (int layer = 0; layer < 4; layer++)
        {
            float[] gates = seen[$"rnn|gates{layers[layer]}|({rows}, 4, {H})"];
            for (int row = 0; row < rows; row++)
                for (int j = 0; j < H; j++)
                {
                    float o = gates[(row * 4 + 3) * H + j], h = state.H.Row(layer * rows + row)[j], c = state.C.Row(layer * rows + row)[j];
                    Assert.Equal(o * Math.Tanh(c), h, 1e-5);
                    Assert.Equal(h, seen[$"rnn|h|(4, {rows}, {H})"][(layer * rows + row) * H + j]);
                    for (int gate = 0; gate < 4; gate++) Assert.InRange(gates[(row * 4 + gate) * H + j], gate == 2 ? -1 : 0, 1);
                }
        }
    }

    [Fact]
    public void The_gates_of_an_lstm_stand_in_the_order_i_f_g_o()
    {
        var lstm = new Lstm(I, H);
        var model = new Model(lstm, 4);
        Tensor x = Input(2);
        float[] gates = Look(model, x).First(s => s.Key.Contains("gates", StringComparison.Ordinal)).Value;
        Tape tape = model.Tape();
        tape.Begin(training: false);
        lstm.Forward(x, default, tape, out LstmState all);
        LstmState end = all.Copy();
        var first = new Tensor(2, T - 1, I);
        for (int row = 0; row < 2; row++) x.Span.Slice(row * T * I, (T - 1) * I).CopyTo(first.Span[(row * (T - 1) * I)..]);
        tape.Begin(training: false);
        lstm.Forward(first, default, tape, out LstmState before);
        for (int row = 0; row < 2; row++)
            for (int j = 0; j < H; j++)
            {
                float[] g = [.. Enumerable.Range(0, 4).Select(gate => gates[(row * 4 + gate) * H + j])];
                Assert.Equal(g[1] * before.C.Row(row)[j] + g[0] * g[2], end.C.Row(row)[j], 1e-5);
            }
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(true, 8)]
    [InlineData(false, 8)]
    public void The_gates_of_a_gru_give_its_last_state(bool resetAfter, int rows)
    {
        var gru = new Gru(I, H, resetAfter: resetAfter);
        var model = new Model(gru, 5);
        Tensor x = Input(rows);
        Dictionary<string, float[]> seen = Look(model, x);
        float[] gates = seen[$"|gates_l0|({rows}, 3, {H})"], end = seen[$"|h|(1, {rows}, {H})"];
        var first = new Tensor(rows, T - 1, I);
        for (int row = 0; row < rows; row++) x.Span.Slice(row * T * I, (T - 1) * I).CopyTo(first.Span[(row * (T - 1) * I)..]);
        Tape tape = model.Tape();
        tape.Begin(training: false);
        gru.Forward(first, default, tape, out Tensor before);
        for (int row = 0; row < rows; row++)
            for (int j = 0; j < H; j++)
            {
                (float z, float n) = (gates[(row * 3 + 1) * H + j], gates[(row * 3 + 2) * H + j]);
                Assert.Equal((1 - z) * n + z * before.Row(row)[j], end[row * H + j], 1e-5);
                Assert.InRange(gates[row * 3 * H + j], 0, 1);
            }
    }

    [Fact]
    public void Lengths_end_a_row()
    {
        var model = new Model(new Lstm(I, H), 6);
        Tensor x = Input(2), shorter = new(1, 4, I);
        x.Span[..(4 * I)].CopyTo(shorter.Span);
        float[] gates = Look(model, x.WithLengths([4, T])).First().Value, alone = Look(model, shorter).First().Value;
        Assert.Equal(alone, gates[..(4 * H)]);
    }

    [Fact]
    public void Attention_shows_its_weights()
    {
        var attention = new AdditiveAttention(I, 6);
        var model = new Model(new Sequential(("pool", attention)), 7);
        Tensor x = Input(2);
        float[] weights = Look(model, x)[$"pool|weights|(2, {T})"];
        Tape tape = model.Tape();
        tape.Begin(training: false);
        attention.Forward(x, tape, out Tensor expected);
        Assert.Equal(expected.Span.ToArray(), weights);
        Assert.Equal(1, weights[..T].Sum(), 1e-5);
    }
}
