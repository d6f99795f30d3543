"""Projects and all that belongs to one."""

from luodi.projects.models.ends import Ending as Ending
from luodi.projects.models.ends import EndingCause as EndingCause
from luodi.projects.models.ends import Lesson as Lesson
from luodi.projects.models.ends import LessonAnswer as LessonAnswer
from luodi.projects.models.ends import Suspension as Suspension
from luodi.projects.models.ends import VoidRequest as VoidRequest
from luodi.projects.models.exports import LibraryExport as LibraryExport
from luodi.projects.models.gates import Ask as Ask
from luodi.projects.models.gates import AskEvidence as AskEvidence
from luodi.projects.models.gates import AskShare as AskShare
from luodi.projects.models.gates import CommitmentChange as CommitmentChange
from luodi.projects.models.gates import FactRecheck as FactRecheck
from luodi.projects.models.gates import StageChange as StageChange
from luodi.projects.models.imports import ImportBatch as ImportBatch
from luodi.projects.models.imports import ImportedRow as ImportedRow
from luodi.projects.models.imports import UndoneProject as UndoneProject
from luodi.projects.models.obstacles import Obstacle as Obstacle
from luodi.projects.models.project import Assignment as Assignment
from luodi.projects.models.project import CodeCounter as CodeCounter
from luodi.projects.models.project import Kind as Kind
from luodi.projects.models.project import Project as Project
from luodi.projects.models.project import ProjectFigures as ProjectFigures
from luodi.projects.models.project import ProjectYear as ProjectYear
from luodi.projects.models.project import YearFigure as YearFigure
