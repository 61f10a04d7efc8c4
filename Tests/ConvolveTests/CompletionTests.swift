// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import ConvolveCommands

/// What a shell is offered for the values of options.
@Suite struct CompletionTests {
    /// What the tool answers the script of a shell that completes the last of these words.
    private func candidates(_ words: [String]) throws -> [String] {
        let command = words[0]
        let option = words[words.count - 2]
        let prefix = words[words.count - 1]
        let result = try Tool.run(
            ["---completion", command, "--", option, "\(words.count)", "\(prefix.count)", "convolve"] + words)
        #expect(result.status == 0, "\(result.error)")
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test func listsGoOnBehindTheirCommas() throws {
        #expect(try candidates(["bench", "--algorithms", "direct,"]).contains("direct,gemm"))
        #expect(try !candidates(["bench", "--algorithms", "direct,"]).contains("direct,direct"))
        #expect(try candidates(["bench", "--isa", ""]).contains("avx2"))
        #expect(try candidates(["bench", "--executor", "serial,"]) == ["serial,dispatch", "serial,openmp"])
    }

    @Test func layersAreThoseOfTheTableInUse() throws {
        #expect(try candidates(["info", "--layer", ""]).contains("whisper.base.conv2"))
        let whisper = ["bench", "--network", "whisper", "--filter", ""]
        #expect(try candidates(whisper) == ["whisper.base.conv1", "whisper.base.conv2"])
        let folder = try TemporaryFolder()
        let layers = Array(try LayerTable.load(.crepe).prefix(2))
        let path = try folder.write("mine.json", LayerListing(layers, title: "").text(.json, style: .plain))
        #expect(try candidates(["info", "--layers", path, "--layer", ""]) == ["crepe.layer1", "crepe.layer2"])
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func scriptsKnowValuesAndFiles(shell: String) throws {
        let result = try Tool.run(["--generate-completion-script", shell])
        #expect(result.status == 0)
        for word in ["run-cases", "safetensors", "winograd7x4", "efficientnetb0", "openmp", "strict"] {
            #expect(result.output.contains(word), "\(word)")
        }
    }
}
