// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The version that `convolve --version` prints.
let toolVersion = ConvolutionLibrary.version

/// Whether this is an unoptimised build.
let isDebugBuild: Bool = {
    #if DEBUG
        true
    #else
        false
    #endif
}()
