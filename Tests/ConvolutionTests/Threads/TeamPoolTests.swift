// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct TeamPoolTests {
    @Test func regionsShareTheProcessors() {
        let pool = TeamPool(processors: 8) { Team() }
        var granted: [Int] = []
        let isLent = pool.lend(threads: 3) { _, threads in
            granted.append(threads)
            let isLent = pool.lend(threads: 8) { _, threads in
                granted.append(threads)
                #expect(!pool.lend(threads: 2) { _, _ in granted.append(0) })
            }
            #expect(isLent)
            // What is given back can be lent again.
            #expect(pool.lend(threads: 2) { _, threads in granted.append(threads) })
        }
        #expect(isLent)
        #expect(granted == [3, 5, 2])
    }

    @Test func oneThreadLeftIsTheCallers() {
        let pool = TeamPool(processors: 4) { Team() }
        let isLent = pool.lend(threads: 3) { _, _ in
            let isLentAgain = pool.lend(threads: 4) { _, _ in }
            #expect(!isLentAgain)
        }
        #expect(isLent)
    }

    @Test func aSingleRegionHasAsManyThreadsAsItAsksFor() {
        let pool = TeamPool(processors: 2) { Team() }
        for _ in 0..<2 {
            let isLent = pool.lend(threads: 64) { _, threads in
                #expect(threads == 64)
                let isLentAgain = pool.lend(threads: 2) { _, _ in }
                #expect(!isLentAgain)
            }
            #expect(isLent)
        }
        #expect(!pool.lend(threads: 1) { _, _ in })
    }

    @Test func theTeamGivenBackLastIsLentFirst() {
        let pool = TeamPool(processors: 8) { Team() }
        var outer: Team?
        var inner: Team?
        _ = pool.lend(threads: 2) { team, _ in
            outer = team
            _ = pool.lend(threads: 2) { team, _ in inner = team }
        }
        #expect(outer !== inner)
        for _ in 0..<3 {
            var lent: Team?
            #expect(pool.lend(threads: 2) { team, _ in lent = team })
            #expect(lent === outer)
        }
    }
}
