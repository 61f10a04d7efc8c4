// SPDX-License-Identifier: Apache-2.0

/// The version that `convolve --version` prints.
let toolVersion = "0.1.0"

/// Whether this is an unoptimised build.
let isDebugBuild: Bool = {
    #if DEBUG
        true
    #else
        false
    #endif
}()
