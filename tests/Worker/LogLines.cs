using System.Text;
using NeuralCore.Models.Live;

namespace NeuralCore.Worker;

/// <summary>Lines of many lengths into a log, as soon as it is told to begin; says of each that could not be written why.</summary>
static class LogLines
{
    internal static void Write(string path, int writer, int lines, int maxBytes)
    {
        var log = new JsonLog(path, maxBytes, kept: 1000);
        Console.WriteLine("ready");
        Console.ReadLine();
        for (int i = 0; i < lines; i++)
        {
            string text = new((char)('a' + writer), i * 37 % 301);
            try
            {
                log.Append(Encoding.UTF8.GetBytes($"{{\"writer\": {writer}, \"line\": {i}, \"text\": \"{text}\"}}\n"));
            }
            catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
            {
                Console.WriteLine($"line {i}: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
            }
        }
    }
}
