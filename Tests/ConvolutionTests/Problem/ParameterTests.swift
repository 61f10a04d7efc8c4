// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct ParameterTests {
    @Test func `Extents are literals or values`() {
        let one: Extents = 3
        let two: Extents = [3, 2]
        let three: Extents = [3, 2, 1]
        #expect(one.values == [3])
        #expect(two.values == [3, 2])
        #expect(three.values == [3, 2, 1])
        #expect(Extents([3]) == one, "a list of one value is that value on every axis")
        #expect(Extents([3, 2]) == two)
        #expect([one.description, two.description, three.description] == ["3", "[3, 2]", "[3, 2, 1]"])
    }

    @Test func `Padding is a literal, a word or pairs`() throws {
        #expect(try Padding(parsing: "same") == .same)
        #expect(try Padding(parsing: "valid") == .valid)
        #expect(Padding(2) == 2)
        #expect(Padding([1, 2]) == [1, 2])
        #expect(Padding.same.description == "same")
        #expect(Padding([1, 2]).description == "[1, 2]")
        #expect(Padding.pairs([.init(before: 0, after: 1)]).description == "[(0, 1)]")
    }

    @Test(arguments: ["", "Same", "full", "SAME "])
    func `Other padding words are errors`(_ word: String) {
        let error = #expect(throws: ConvolutionError.unknownPadding(word)) { try Padding(parsing: word) }
        #expect(error?.description.contains("Invalid padding string '\(word)'") == true)
    }

    @Test func `Padding modes are PyTorch's four`() throws {
        for word in ["zeros", "reflect", "replicate", "circular"] {
            #expect(try PaddingMode(parsing: word).rawValue == word)
        }
        let error = #expect(throws: ConvolutionError.unknownPaddingMode("constant")) {
            try PaddingMode(parsing: "constant")
        }
        #expect(error?.description.contains("padding_mode='constant'") == true)
    }
}
