using Fovea.Torch.Tests.Distributed;

// The tests that need processes of their own start this assembly as a program.
return GroupMember.Run(args);
