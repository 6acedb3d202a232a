namespace NeuralCore.Onnx.Tests;

// Operators that work element by element.
static partial class OperatorCases
{
    static IEnumerable<OperatorCase> ElementByElement()
    {
        OnnxTensor<float> x = F(20, 3, 4), y = F(21, 4), positive = Positive(22, 3, 4), unit = Unit(23, 3, 4);
        foreach (string op in new[] { "Relu", "Tanh", "Sigmoid", "Exp", "Erf", "Floor", "Ceil", "Round", "Sin", "Cos", "Tan", "Atan",
            "Sinh", "Cosh", "Asinh",
            "Softplus", "Softsign", "LeakyRelu", "ThresholdedRelu", "Elu", "Celu", "Selu", "HardSigmoid", "Abs", "Neg", "Sign",
            "Reciprocal", "Identity" })
            yield return new(op, 13, op, [x], 1);
        foreach (string op in new[] { "Sqrt", "Log" }) yield return new(op, 13, op, [positive], 1);
        foreach (string op in new[] { "Asin", "Acos", "Atanh" }) yield return new(op, 13, op, [unit], 1);
        yield return new("Acosh", 13, "Acosh", [OnnxTensor.From([.. positive.Values.Select(v => v + 1)], 3, 4)], 1);
        yield return new("HardSwish", 14, "HardSwish", [x], 1);
        yield return new("Mish", 18, "Mish", [x], 1);
        yield return new("Gelu", 20, "Gelu", [x], 1);
        yield return new("Gelu-tanh", 20, "Gelu", [x], 1, ("approximate", "tanh"));
        yield return new("Elu-alpha", 13, "Elu", [x], 1, ("alpha", 0.3f));
        yield return new("Shrink", 9, "Shrink", [x], 1, ("lambd", 0.4f), ("bias", 0.1f));
        yield return new("Selu-given", 13, "Selu", [x], 1, ("alpha", 0.3f), ("gamma", 1.7f));
        yield return new("IsNaN", 13, "IsNaN", [OnnxTensor.From([1, float.NaN, float.PositiveInfinity], 3)], 1);
        yield return new("IsInf", 13, "IsInf", [OnnxTensor.From([1, float.NegativeInfinity, float.PositiveInfinity], 3)], 1,
            ("detect_negative", 0));
        foreach (string op in new[] { "Add", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Sum" })
            yield return new($"{op}-broadcast", 13, op, [x, y], 1);
        foreach (string op in new[] { "Less", "Greater", "LessOrEqual", "GreaterOrEqual", "Equal" })
            yield return new(op, 16, op, [x, y], 1);
        foreach (string op in new[] { "Add", "Sub", "Mul", "Div" })
            yield return new($"{op}-integers", 14, op, [OnnxTensor.From([7L, -7, 9], 3, 1), L(2, -3)], 1);
        yield return new("Mod", 13, "Mod", [L(7, -7, 7, -7), L(3, 3, -3, -3)], 1);
        yield return new("Mod-fmod", 13, "Mod", [x, y], 1, ("fmod", 1));
        yield return new("Pow-2", 13, "Pow", [x, OnnxTensor.From([2f])], 1);
        yield return new("Pow", 13, "Pow", [positive, y], 1);
        yield return new("Pow-integers", 13, "Pow", [L(2, 3, -4), L(3, 2, 3)], 1);
        yield return new("PRelu", 16, "PRelu", [x, y], 1);
        yield return new("Where", 16, "Where", [Truth(24, 3, 1), x, y], 1);
        foreach (string op in new[] { "And", "Or", "Xor" }) yield return new(op, 13, op, [Truth(25, 3, 4), Truth(26, 4)], 1);
        foreach (string op in new[] { "Tanh", "Sigmoid", "Exp", "Relu", "Abs", "Floor" })
            yield return new($"{op}-double", 13, op, [D(20, 3, 4)], 1);
        foreach (string op in new[] { "Add", "Div", "Max" }) yield return new($"{op}-double", 13, op, [D(20, 3, 4), D(21, 4)], 1);
        yield return new("Max-three", 13, "Max", [x, y, F(27, 3, 1)], 1);
        yield return new("Min-integers", 13, "Min", [Whole(20, 3, 4), Whole(21, 4)], 1);
        yield return new("Pow-root", 13, "Pow", [positive, OnnxTensor.From([0.5f])], 1);
        yield return new("Pow-whole", 13, "Pow", [x, OnnxTensor.From([3L])], 1);
        yield return new("Where-integers", 16, "Where", [Truth(24, 3, 4), Whole(20, 3, 4), Scalar(-1)], 1);
        yield return new("Clip-integers", 12, "Clip", [Whole(20, 3, 4), OnnxTensor.From([-3L]), OnnxTensor.From([4L])], 1);
        yield return new("Clip-double", 12, "Clip", [D(20, 3, 4), OnnxTensor.From([-0.3]), null], 1);
        yield return new("Equal-truth", 13, "Equal", [Truth(24, 3, 4), Truth(25, 4)], 1);
        yield return new("Abs-integers", 13, "Abs", [Whole(20, 3, 4)], 1);
        yield return new("PRelu-channels", 9, "PRelu", [F(28, 2, 3, 4), F(29, 3, 1)], 1);
        yield return new("Not", 13, "Not", [Truth(25, 3, 4)], 1);
        yield return new("Clip-old", 9, "Clip", [x], 1, ("min", -0.5f), ("max", 0.7f));
        yield return new("Clip", 13, "Clip", [x, OnnxTensor.From([-0.5f]), OnnxTensor.From([0.7f])], 1);
        yield return new("Clip-above", 13, "Clip", [x, null, OnnxTensor.From([0.7f])], 1);
        yield return new("Cast-down", 13, "Cast", [OnnxTensor.From([1.7f, -1.7f, 0f, 250.4f], 4)], 1, ("to", 7));
        yield return new("Cast-bool", 13, "Cast", [OnnxTensor.From([1.7f, -1.7f, 0f], 3)], 1, ("to", 9));
        yield return new("Cast-of-bool", 13, "Cast", [Truth(25, 3, 4)], 1, ("to", 1));
    }
}
