#if EBB_ONNXRUNTIME_NPM
// The npm package's sources count on it.
global using System.Reflection;
#endif
