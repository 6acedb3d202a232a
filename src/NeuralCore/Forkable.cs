using System.Runtime.ExceptionServices;

namespace NeuralCore;

/// <summary>
/// One thread's part of work that several do side by side. Made once and forked again and again, so that forking allocates nothing. A part
/// that the pool has not begun when the caller is done with its own is done by the caller: a busy pool delays nobody.
/// </summary>
abstract class Forkable : IThreadPoolWorkItem
{
    const int Done = 0, Waiting = 1, Running = 2;

    int state, queued;   // queued: 1 while the pool holds this part, perhaps from a fork that the caller took back
    ExceptionDispatchInfo? error;

    /// <summary>Does the part.</summary>
    protected abstract void Run();

    /// <summary>Does all parts, the first on this thread, and waits for them; throws what the first of those that failed threw.</summary>
    internal static void RunAll(ReadOnlySpan<Forkable> parts)
    {
        for (int i = 1; i < parts.Length; i++) parts[i].Fork();
        parts[0].RunHere();
        for (int i = 1; i < parts.Length; i++) parts[i].Join();
        ExceptionDispatchInfo? first = null;
        foreach (Forkable part in parts) (first, part.error) = (first ?? part.error, null);   // kept no longer than it is told
        first?.Throw();
    }

    void Fork()
    {
        // After all that was set for the part, and before the exchange: whoever takes it over an older entry of the pool sees both.
        Volatile.Write(ref state, Waiting);
        if (Interlocked.Exchange(ref queued, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        Interlocked.Exchange(ref queued, 0);
        RunIfWaiting();
    }

    void Join()
    {
        RunIfWaiting();
        var wait = new SpinWait();
        while (Volatile.Read(ref state) != Done) wait.SpinOnce(sleep1Threshold: -1);
    }

    void RunIfWaiting()
    {
        if (Interlocked.CompareExchange(ref state, Running, Waiting) != Waiting) return;
        RunHere();
        Volatile.Write(ref state, Done);
    }

    void RunHere()
    {
        try { Run(); }
        catch (Exception e) { error = ExceptionDispatchInfo.Capture(e); }
    }
}
