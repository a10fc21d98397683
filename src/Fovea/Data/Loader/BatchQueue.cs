using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Fovea.Data;

/// <summary>Worker threads that make batches ahead of one consumer, who takes them in order.</summary>
/// <remarks>The piece of work is one picture, so that a large one does not hold up a whole batch's others; the thread that ends a
/// batch's last picture collates it. No picture is begun whose batch is more than <see cref="LoaderOptions.Ahead"/> batches ahead of
/// the consumer. One lock guards all; nothing slow happens under it.</remarks>
internal sealed class BatchQueue<T> : IDisposable
{
    private readonly BatchWork<T> _work;
    private readonly int _end, _ahead;
    private readonly object _changed = new();                       // the lock, and the signal that something changed
    private readonly Dictionary<int, Slot> _slots = [];
    private readonly Thread[] _threads;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;
    private int _taken, _nextBatch, _nextItem;
    private bool _stopped;

    public BatchQueue(BatchWork<T> work, int first, int end, LoaderOptions options, CancellationToken cancellation)
    {
        (_work, _end, _ahead, _cancellation) = (work, end, options.Ahead, cancellation);
        _taken = _nextBatch = first;
        _threads = new Thread[Math.Min(options.Workers, 256)];
        for (int i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"Fovea loader {i}" };
            _threads[i].Start();
        }
        _registration = cancellation.Register(Wake);
    }

    /// <summary>The next batch, waiting for it; false after the last one.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T batch)
    {
        Slot? slot;
        lock (_changed)
        {
            if (_taken == _end)
            {
                batch = default;
                return false;
            }
            while (true)
            {
                _cancellation.ThrowIfCancellationRequested();
                if (_slots.TryGetValue(_taken, out slot) && slot.Done) break;
                Monitor.Wait(_changed);
            }
            _slots.Remove(_taken++);
            Monitor.PulseAll(_changed);
        }
        if (slot.Error is { } error) ExceptionDispatchInfo.Throw(error);
        batch = slot.Result!;
        return true;
    }

    /// <summary>Ends the threads, waiting for pictures that are just being read, and disposes of batches that nobody took.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        lock (_changed)
        {
            _stopped = true;
            Monitor.PulseAll(_changed);
        }
        foreach (Thread thread in _threads) thread.Join();
        foreach (Slot slot in _slots.Values) (slot.Result as IDisposable)?.Dispose();
        _slots.Clear();
    }

    private void Wake()
    {
        lock (_changed) Monitor.PulseAll(_changed);
    }

    private void Work()
    {
        while (TryBegin(out int batch, out int item, out Slot? slot))
        {
            Exception? error = null;
            try
            {
                slot.Samples[item] = _work.Load(batch, item);
            }
            catch (Exception e)
            {
                error = e;
            }
            if (!End(slot, item, error)) continue;

            T? result = default;
            if (slot.Error is null)
                try
                {
                    result = _work.Collate(batch, slot.Samples);
                }
                catch (Exception e)
                {
                    slot.Error = e;
                }
            lock (_changed)
            {
                (slot.Result, slot.Samples, slot.Done) = (result, [], true);
                Monitor.PulseAll(_changed);
            }
        }
    }

    // Takes the next picture to read, waiting until there may be one; false when there is nothing left to do.
    private bool TryBegin(out int batch, out int item, [NotNullWhen(true)] out Slot? slot)
    {
        lock (_changed)
        {
            while (!_stopped && _nextBatch < _end && _nextBatch >= _taken + _ahead) Monitor.Wait(_changed);
            (batch, item, slot) = (_nextBatch, _nextItem, null);
            if (_stopped || _nextBatch >= _end) return false;
            if (item == 0) _slots.Add(batch, new Slot(_work.SizeOf(batch)));
            slot = _slots[batch];
            if (++_nextItem == slot.Samples.Length) (_nextBatch, _nextItem) = (_nextBatch + 1, 0);
            return true;
        }
    }

    // Notes that a picture is ready or failed; true for the batch's last one. Of several errors the first picture's is kept, so that
    // what is reported does not depend on the threads.
    private bool End(Slot slot, int item, Exception? error)
    {
        lock (_changed)
        {
            if (error is not null && item < slot.ErrorItem) (slot.Error, slot.ErrorItem) = (error, item);
            return --slot.Open == 0;
        }
    }

    private sealed class Slot(int size)
    {
        public Sample[] Samples = new Sample[size];
        public int Open = size, ErrorItem = int.MaxValue;
        public Exception? Error;
        public T? Result;
        public bool Done;
    }
}
