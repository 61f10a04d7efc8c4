// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct TensorSubscriptTests {
    @Test func `Each element is at its index, in one to seven axes`() throws {
        let tensor = try Tensor.arange(720)
        var read = 0
        func expect(_ element: Float, _ offset: Int) {
            #expect(element == Float(offset))
            read += 1
        }
        for i in 0..<720 { expect(tensor[i], i) }
        let (two, three) = (try tensor.view(24, 30), try tensor.view(6, 4, 30))
        let (four, five) = (try tensor.view(6, 4, 3, 10), try tensor.view(6, 4, 3, 2, 5))
        let (six, seven) = (try tensor.view(1, 6, 4, 3, 2, 5), try tensor.view(1, 6, 4, 3, 1, 2, 5))
        for i in 0..<6 {
            for j in 0..<4 {
                for k in 0..<30 {
                    let offset = (i * 4 + j) * 30 + k
                    let (l, m, n) = (k / 10, k / 5 % 2, k % 5)
                    expect(two[i * 4 + j, k], offset)
                    expect(three[i, j, k], offset)
                    expect(four[i, j, l, k % 10], offset)
                    expect(five[i, j, l, m, n], offset)
                    expect(six[0, i, j, l, m, n], offset)
                    expect(seven[0, i, j, l, 0, m, n], offset)
                }
            }
        }
        #expect(read == 720 * 7)
    }

    @Test func `Each element can be set, in none to six axes`() throws {
        var tensor = try Tensor.zeros(2)
        tensor[1] = 1
        #expect(tensor.elements == [0, 1])
        var two = try Tensor.zeros(2, 2)
        two[1, 0] += 2
        #expect(two.elements == [0, 0, 2, 0])
        var three = try Tensor.zeros(1, 2, 2)
        three[0, 1, 1] = 3
        #expect(three.elements == [0, 0, 0, 3])
        var four = try Tensor.zeros(1, 2, 1, 2)
        four[0, 1, 0, 0] = 4
        #expect(four.elements == [0, 0, 4, 0])
        var five = try Tensor.zeros(2, 1, 2, 1, 1)
        let copy = five
        five[0, 0, 1, 0, 0] = 5
        #expect(five.elements == [0, 5, 0, 0])
        #expect(copy.elements == [0, 0, 0, 0])
        var six = try Tensor.zeros(1, 1, 1, 1, 1, 2)
        six[0, 0, 0, 0, 0, 1] = 6
        #expect(six.elements == [0, 6])
        var scalar = try Tensor.zeros([])
        scalar[] = 7
        #expect(scalar.elements == [7])
    }

    // scripts/import_check.sh looks for such a sentence in release, where a precondition has none.
    @Test func `An index outside the shape stops the program with a sentence`() async throws {
        let result = try await #require(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            let tensor = try Tensor.zeros(2, 3)
            _ = tensor[1, 3]
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("index 3 is outside axis 1 of extent 3: [1, 3] in a tensor of shape [2, 3]"), "\(text)")
    }

    @Test func `A negative index stops the program with a sentence, by a setter too`() async throws {
        let result = try await #require(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            var tensor = try Tensor.zeros(2, 3, 4)
            tensor[-1, 0, 0] = 1
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("index -1 is outside axis 0 of extent 2: [-1, 0, 0] in a tensor of shape"), "\(text)")
    }

    @Test func `Another number of indices than axes stops the program with a sentence`() async throws {
        let result = try await #require(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            let tensor = try Tensor.zeros(2, 3)
            _ = tensor[0, 0, 0, 0, 0, 0]
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("6 indices [0, 0, 0, 0, 0, 0] for a tensor of 2 axes, of shape [2, 3]"), "\(text)")
    }
}
