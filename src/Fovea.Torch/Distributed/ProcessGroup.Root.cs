namespace Fovea.Torch.Distributed;

// Work of one process for which the others wait.
public sealed unsafe partial class ProcessGroup
{
    private const int Working = 0, Done = 1, Cancelled = 2, Failed = 3;

    /// <summary>Does something on process 0 while the others wait, however long it takes: process 0 tells them again and again that
    /// it is alive.</summary>
    /// <param name="work">Called on process 0 only, on the caller's thread. It must not use this group.</param>
    /// <exception cref="OperationCanceledException">On every process: <paramref name="work"/> ended with one.</exception>
    /// <exception cref="TorchException">On the other processes: <paramref name="work"/> failed, or process 0 was lost. On process
    /// 0: another process was lost.</exception>
    public void RunOnRoot(Action work)
    {
        if (Rank == 0) Lead(work);
        else Follow();
    }

    private void Lead(Action work)
    {
        int state = Failed;
        Exception? lost = null;
        using var ended = new ManualResetEventSlim();
        var signals = new Thread(() =>
        {
            try
            {
                while (!ended.Wait(Timeout / 4)) Tell(Working);
            }
            catch (Exception error)
            {
                lost = error;       // the work still ends; it is thrown after it
            }
        }) { IsBackground = true, Name = "Fovea signs of life" };
        signals.Start();
        try
        {
            work();
            state = Done;
        }
        catch (OperationCanceledException)
        {
            state = Cancelled;
            throw;
        }
        finally
        {
            ended.Set();
            signals.Join();
            try
            {
                if (lost is null) Tell(state);
            }
            catch (TorchException error)
            {
                lost = error;
            }
        }
        if (lost is not null) throw new TorchException(lost.Message, lost);
    }

    private void Follow()
    {
        int state;
        do state = Tell(Working);
        while (state == Working);
        if (state == Cancelled) throw new OperationCanceledException("Process 0 was cancelled, so this one stops with it.");
        if (state == Failed) throw new TorchException("Process 0 failed, so this one stops with it. Look at its message.");
    }

    private int Tell(int state)
    {
        using var scope = new TensorScope();
        Tensor message = Tensor.From([state]);
        Broadcast(message, 0);
        return (int)message.Item();
    }
}
