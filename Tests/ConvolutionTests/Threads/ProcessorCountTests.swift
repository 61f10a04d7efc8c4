// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

@testable import Convolution

@Suite struct ProcessorCountTests {
    private static let unified = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
    private static let first = """
        30 23 0:27 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
        31 23 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:5 - cgroup cgroup rw,cpu,cpuacct
        32 23 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

        """

    private func quota(_ groups: String?, _ mounts: String?, _ files: [String: String]) -> Int? {
        ProcessorQuota.read(groups: groups, mounts: mounts) { files[$0] }
    }

    @Test func theLeastOfAllLimitsCounts() {
        #expect(ProcessorCount.least(online: 8, allowed: 8, quota: nil) == 8)
        #expect(ProcessorCount.least(online: 8, allowed: 1, quota: nil) == 1)
        #expect(ProcessorCount.least(online: 8, allowed: 4, quota: 3) == 3)
        #expect(ProcessorCount.least(online: 2, allowed: 4, quota: 3) == 2)
        #expect(ProcessorCount.least(online: 8, allowed: 0, quota: nil) == 8)
        #expect(ProcessorCount.least(online: 0, allowed: 0, quota: 0) == 1)
    }

    @Test func theProcessMayUseWhatTheSystemSays() {
        #expect((1...MachineProbe.onlineProcessorCount).contains(MachineProbe.processorCount))
        #if os(Linux)
            #expect(ck_allowed_processors() >= MachineProbe.processorCount)
        #endif
    }

    @Test func aQuotaIsRoundedUpToWholeProcessors() {
        func quota(_ text: String?) -> Int? {
            self.quota("0::/\n", Self.unified, text.map { ["/sys/fs/cgroup/cpu.max": $0] } ?? [:])
        }
        #expect(quota("150000 100000\n") == 2)
        #expect(quota("200000 100000\n") == 2)
        #expect(quota("1000 100000\n") == 1)
        #expect(quota("max 100000\n") == nil)
        #expect(quota("\(Int.max) 1") == .max)
        for text in [
            nil, "", "max", "1", "0 100000", "-5 100000", "100000 0", "1 2 3", "99999999999999999999 1", "\u{0}\u{FF}",
            "1e5 1e5", "100000\t", "none none",
        ] {
            #expect(quota(text) == nil, "\(text ?? "no file")")
        }
    }

    @Test func theLeastQuotaOfAllGroupsCounts() {
        let files = [
            "/sys/fs/cgroup/a/b/cpu.max": "max 100000", "/sys/fs/cgroup/a/cpu.max": "300000 100000",
            "/sys/fs/cgroup/cpu.max": "800000 100000",
        ]
        #expect(quota("0::/a/b\n", Self.unified, files) == 3)
        #expect(quota("1:cpu:/x\n0::/c\n", Self.unified, files) == 8)
        #expect(quota("1:cpu:/a\n", Self.unified, files) == nil)
        #expect(quota(nil, Self.unified, files) == nil)
        #expect(quota("0::/a/b\n", nil, files) == nil)
    }

    @Test func theFirstVersionsQuotaIsInTwoFiles() {
        let folder = "/sys/fs/cgroup/cpu,cpuacct"
        func quota(_ quota: String?, _ period: String?) -> Int? {
            var files: [String: String] = [:]
            files[folder + "/a/cpu.cfs_quota_us"] = quota
            files[folder + "/a/cpu.cfs_period_us"] = period
            return self.quota("5:cpuset:/\n4:cpu,cpuacct:/a/b\n0::/\n", Self.first, files)
        }
        #expect(quota("150000\n", "100000\n") == 2)
        #expect(quota("-1\n", "100000\n") == nil)
        for (text, period) in [(nil, "100000"), ("100000", nil), ("", ""), ("100000", "0"), ("x", "y")] {
            #expect(quota(text, period) == nil)
        }
    }

    /// As systemd's hybrid mode sets them up: the processor is limited in either.
    @Test func bothVersionsCountSideBySide() {
        let groups = "4:cpu,cpuacct:/a\n1:name=systemd:/a\n0::/a\n"
        var files = [
            "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "400000",
            "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000",
        ]
        #expect(quota(groups, Self.first, files) == 4)
        files["/sys/fs/cgroup/unified/cpu.max"] = "300000 100000"
        #expect(quota(groups, Self.first, files) == 3)
        files["/sys/fs/cgroup/unified/a/cpu.max"] = "700000 100000"
        #expect(quota(groups, Self.first, files) == 3)
    }

    /// A container sees its own group where the hierarchy's root would be, under a name from outside, or under none.
    @Test func aContainersGroupIsFoundWhereItIsMounted() {
        let mount = "40 30 0:28 /docker/1f2e /sys/fs/cgroup/cpu ro,nosuid - cgroup cgroup rw,cpu\n"
        let files = [
            "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            "/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us": "100000", "/sys/fs/cgroup/cpu/job/cpu.cfs_period_us": "100000",
        ]
        #expect(quota("3:cpu:/docker/1f2e\n", mount, files) == 2)
        #expect(quota("3:cpu:/docker/1f2e/job\n", mount, files) == 1)
        #expect(quota("3:cpu:/\n", mount, files) == 2)
        #expect(quota("3:cpu:/../job\n", mount, files) == 2)
        #expect(quota("3:cpu:/docker/1f2e5\n", mount, files) == 2)
    }

    @Test func namesOfAnyKindAreRead() {
        let mount = #"40 30 0:28 / /sys/my\040groups\134x rw - cgroup2 none rw"#
        let path = #"/sys/my groups\x/a:b c/cpu.max"#
        #expect(quota("0::/a:b c\n", mount, [path: "200000 100000"]) == 2)
    }

    @Test(arguments: [
        "", "\n\n", "::", "0::", "0::relative", "0:/", "x", "0::/ (deleted)", "4:cpu", ":::::", "\u{0}",
    ])
    func oddGroupsAreNoLimit(groups: String) {
        for mounts in [
            "", Self.unified, "-", "- - - - - - -", "1 2 3 4 5 6 - cgroup2", "a b c / e f - cgroup2 x y z\n",
        ] {
            #expect(quota(groups, mounts, [:]) == nil)
        }
    }
}
