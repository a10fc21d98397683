using Fovea.Torch.Distributed;

namespace Fovea.Torch.Tests.Distributed;

/// <summary>What a process of <see cref="ProcessGroupTests"/> does.</summary>
internal static class GroupMember
{
    public const string Sum = "sum", Vanish = "vanish";

    /// <summary>Joins the group of the environment, adds up (rank + 1) * [1, 2, 3] and writes the sum; then process 1
    /// vanishes where it is told to, while process 0 waits for it.</summary>
    public static int Run(string[] args)
    {
        try
        {
            using ProcessGroup group = ProcessGroup.FromEnvironment()!;
            using Tensor tensor = Tensor.From([1f, 2, 3], 3).MultiplyInPlace(group.Rank + 1);
            group.AllReduce(tensor);
            Console.Out.WriteLine(string.Join(' ', tensor.ToArray<float>()));
            if (group.Rank == 1 && args[0] == Vanish) Environment.FailFast("as if it were killed");
            group.Barrier();
            return 0;
        }
        catch (TorchException error)
        {
            Console.Out.WriteLine(error.Message);
            return 1;
        }
    }
}
