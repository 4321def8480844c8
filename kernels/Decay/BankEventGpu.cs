#if EBB_ILGPU
namespace Ebb.Kernels.Decay;

/// <summary>One event of a user's run, as a kernel reads it. <see cref="BankStep"/> and where its vector is.</summary>
/// <param name="ElapsedMs">What the bank ages first.</param>
/// <param name="AgeMs">How much older the event is than the bank's new moment.</param>
/// <param name="Vector">Device address of D floats; 0: the bank ages, nothing is added.</param>
/// <param name="Weight">w.</param>
internal readonly record struct BankEventGpu(double ElapsedMs, double AgeMs, long Vector, float Weight);

/// <summary>The events of one user, one behind the other, in their order.</summary>
internal readonly record struct BankRunGpu(int User, int FirstEvent, int EventCount);
#endif
