// SPDX-License-Identifier: Apache-2.0
//
// Where the Swift side of the interface stores an error. No part of it: programs include convolution.h alone.

#ifndef CONVOLUTION_LAST_ERROR_H
#define CONVOLUTION_LAST_ERROR_H

#include "convolution.h"

/// Stores the error of the calling thread. What does not fit is left out, at the end of a character.
__attribute__((visibility("hidden"))) void convolution_store_error(convolution_status status, const char *name,
                                                                   const char *message);

#endif
