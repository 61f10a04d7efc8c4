// SPDX-License-Identifier: Apache-2.0
//
// The interleaved store in plain C.

#include "ck_interleave.h"

#include "simd/scalar.h"

#include "interleave/interleave_template.h"

void ck_store_interleaved__scalar(const ck_interleave *task);
void ck_store_interleaved__scalar(const ck_interleave *task) {
    store_interleaved(task);
}
