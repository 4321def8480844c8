using Ebb.Engine.Graph;
using Ebb.Engine.Graph.Live;

namespace Ebb.Engine.Catalogue;

/// <summary>An edge of an open change and who says it.</summary>
internal readonly record struct StagedEdge(GraphEdge Edge, EdgeOrigins Origin);
