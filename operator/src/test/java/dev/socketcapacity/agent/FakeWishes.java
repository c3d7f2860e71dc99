package dev.socketcapacity.agent;

import dev.socketcapacity.api.Condition;
import dev.socketcapacity.api.Condition.Type;
import dev.socketcapacity.api.NodeSocketCapacitySpec;
import dev.socketcapacity.api.NodeSocketCapacityStatus;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// An API server with one object, or none, or one that does not answer. It takes one thing after the other: a report
/// must not bring back a wish that has been replaced meanwhile.
final class FakeWishes implements Wishes {

    private final List<NodeSocketCapacityStatus> reports = new CopyOnWriteArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile Wish wish = new Wish.Unknown();
    private volatile boolean absenceConfirmed;
    private volatile boolean taking = true;

    /// The object as it is from now on, with what was last reported.
    synchronized void wish(long generation, NodeSocketCapacitySpec spec) {
        wish = new Wish.Present(
                generation,
                spec,
                last().map(NodeSocketCapacityStatus::conditions).orElse(List.of()));
    }

    /// The object was deleted and made again: nothing was ever reported to it.
    synchronized void remake(long generation, NodeSocketCapacitySpec spec) {
        wish = new Wish.Present(generation, spec, List.of());
    }

    /// There is no object; `confirmed` where the API server says so when asked anew.
    synchronized void absent(boolean confirmed) {
        absenceConfirmed = confirmed;
        wish = new Wish.Absent();
    }

    synchronized void silent() {
        wish = new Wish.Unknown();
    }

    synchronized void away() {
        wish = new Wish.Away();
    }

    void takeReports(boolean take) {
        taking = take;
    }

    /// How often the agent has looked: the second time from now on is in a pass that began after now.
    int asked() {
        return asked.get();
    }

    List<NodeSocketCapacityStatus> reports() {
        return List.copyOf(reports);
    }

    Optional<NodeSocketCapacityStatus> last() {
        return reports.isEmpty() ? Optional.empty() : Optional.of(reports.getLast());
    }

    Optional<Condition> condition(Type type) {
        return last().flatMap(status -> Condition.find(status.conditions(), type));
    }

    /// Whether the last report has that condition, with that status and reason.
    boolean says(Type type, Condition.Status status, String reason) {
        return condition(type)
                .filter(condition -> condition.is(status) && condition.reason().equals(reason))
                .isPresent();
    }

    @Override
    public Wish current() {
        asked.incrementAndGet();
        return wish;
    }

    @Override
    public boolean confirmsAbsence() {
        return absenceConfirmed;
    }

    @Override
    public synchronized boolean report(NodeSocketCapacityStatus status) {
        if (!taking) {
            return false;
        }
        reports.add(status);
        if (wish instanceof Wish.Present(var generation, var spec, var _)) {
            wish = new Wish.Present(generation, spec, status.conditions());
        }
        return true;
    }

    @Override
    public void close() {}
}
