// SPDX-License-Identifier: Apache-2.0

/// The library as a whole.
public enum ConvolutionLibrary {
    /// Its version, as its releases are named.
    public static let version = "0.1.0"
}
