// SPDX-License-Identifier: Apache-2.0
//
// The last error of each thread. In C, for its thread-local storage: nothing is allocated, not even where there is no
// memory, and nothing is left to free when a thread ends.

#include "convolution_last_error.h"

static _Thread_local convolution_status last_status;
static _Thread_local char last_name[64];
static _Thread_local char last_message[2048];

/// Copies a text with its end, or as much of it as has room.
static void copy(char *target, size_t room, const char *text) {
    size_t length = 0;
    while (text[length] != 0 && length + 1 < room) {
        target[length] = text[length];
        length++;
    }
    if (text[length] != 0) {
        // Bytes that continue a character, then its first.
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    }
    target[length] = 0;
}

void convolution_store_error(convolution_status status, const char *name, const char *message) {
    last_status = status;
    copy(last_name, sizeof last_name, name);
    copy(last_message, sizeof last_message, message);
}

convolution_status convolution_last_error(void) {
    return last_status;
}

const char *convolution_last_error_name(void) {
    return last_name;
}

const char *convolution_last_error_message(void) {
    return last_message;
}
