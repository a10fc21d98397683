namespace Fovea.Data.Scenery;

/// <summary>The classes of the semantic map, in its order.</summary>
internal enum SceneClass : byte { Sky, Hill, Grass, Road, Water, House, Tree, Car, Boat, Person }
